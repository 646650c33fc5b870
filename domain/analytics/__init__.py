"""Formulas over histories: uptime, reports, burn rate."""
