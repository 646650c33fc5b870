"""What a relay worker keeps in its memory: places for deliveries, and the times of retries."""
