"""Counters of all processes, kept in Redis so that any of them can serve them to Prometheus.

They are not essential: if Redis loses them they restart at zero, as Prometheus expects of a counter
whose process restarted. A killed process loses what it has counted and not yet sent: seconds.
"""
