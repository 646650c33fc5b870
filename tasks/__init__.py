"""Celery entry points: parse, call a service, commit, enqueue. `celery -A tasks` finds the app."""

from tasks.app import app

__all__ = ["app"]
