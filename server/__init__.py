"""What serves requests: who calls, what they may, and how connections are held."""
