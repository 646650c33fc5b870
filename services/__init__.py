"""Use cases: plain functions that take a session and the organization first. No Flask, no Celery."""
