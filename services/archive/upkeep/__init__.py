"""Upkeep of the archive: verifying it, sweeping it, and rebuilding its catalogue."""
