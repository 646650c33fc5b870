"""Monitors: create, change, list and delete what is watched."""
