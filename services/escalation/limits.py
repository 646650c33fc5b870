"""The limits of an escalation policy."""

MOST_STEPS = 10
MOST_TARGETS = 50
"""The most targets of one step, and of the fallback."""
MOST_REPEATS = 9
LONGEST_WAIT = 1440
"""The most minutes between two steps, repetitions or reminders."""
SHORTEST_REMINDER = 5
