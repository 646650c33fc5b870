"""Text messages and calls: the limits of an organization per month and per day."""
