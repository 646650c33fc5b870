"""Writes what happened in the shop into the tables that checks write."""
