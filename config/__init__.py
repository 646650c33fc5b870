"""Typed settings and logging: what every other layer may read."""
