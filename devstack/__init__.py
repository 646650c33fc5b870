"""Postgres, Redis and small servers from wheels, for `make run` and the tests. Never for production."""
