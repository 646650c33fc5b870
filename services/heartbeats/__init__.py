"""Heartbeats: monitors that wait for pings in place of probing."""
