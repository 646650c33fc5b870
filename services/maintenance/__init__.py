"""Planned work: windows, their recurrence and the occurrences computed from them."""
