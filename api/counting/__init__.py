"""Counters that limits are built from, in Redis and in this process."""
