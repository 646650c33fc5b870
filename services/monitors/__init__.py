"""Monitors: create, change, list and delete them."""
