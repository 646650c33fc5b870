"""Postgres, Redis and small servers from wheels, for `make run` and the tests only.

Never use it in production.
"""
