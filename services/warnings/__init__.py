"""Alerts that no single check raises: expiries and the burn rate of an SLO."""
