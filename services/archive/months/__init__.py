"""Months of the archive: files of days become one file for each organization."""
