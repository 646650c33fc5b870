"""Logging in to databases and asking them one question, over a connection of the probe's own."""
