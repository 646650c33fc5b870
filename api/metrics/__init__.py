"""Metrics of the whole system, for Prometheus (docs/operations/self-monitoring.md lists them)."""
