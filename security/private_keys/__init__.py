"""Private keys and certificates of others: their cost is read before anything is computed."""
