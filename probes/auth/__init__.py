"""Authentication to the monitored target: one scheme, one file."""
