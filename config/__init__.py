"""Typed settings and logging, which every other layer may import."""
