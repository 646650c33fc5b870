"""Measurements, outside the test suite: they depend on the machine, so they are read as ratios."""
