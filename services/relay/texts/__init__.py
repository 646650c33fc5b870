"""Text messages and calls: how many an organization may send in a month and on a day."""
