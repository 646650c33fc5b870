"""Counters for limits, in Redis and in this process."""
