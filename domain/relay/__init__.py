"""Order, merging, pace and retry of messages."""
