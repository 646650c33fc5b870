"""What the pages of on-call schedules and escalation policies show and read."""
