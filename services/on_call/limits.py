"""The limits of an on-call schedule."""

MOST_LAYERS = 50
MOST_TURNS = 50
"""The most turns of one layer."""
MOST_HOURS = 10
"""The most hours to which one layer is restricted."""
LONGEST_TURN = 366
"""The most hours, days or weeks of a turn, whatever its unit; `layers.problems` is stricter."""
