"""Figures about ranges of time: uptime, latency, Apdex, reports and the check log."""
