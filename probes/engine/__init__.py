"""Runs thousands of probes at once on one thread."""
