"""Use cases: plain functions that take a session and the organization first.

Neither Flask nor Celery appears here.
"""
