"""Turns check results into the state of a monitor. Knows nothing of alerts."""
