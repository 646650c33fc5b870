"""Alerts, and the times in which contacts are not disturbed."""
