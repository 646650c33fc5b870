"""Metrics of a time range: uptime, latency, Apdex, reports and the check log."""
