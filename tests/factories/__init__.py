"""Rows with plain defaults, for tests that need them to be there and little more."""
