"""Private keys and certificates of users: their cost is determined before any computation."""
