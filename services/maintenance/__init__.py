"""Planned maintenance: windows, their recurrence and their occurrences."""
