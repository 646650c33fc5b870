"""Schedules: when and from where monitors are checked, and checks outside of the schedule."""
