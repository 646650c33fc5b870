"""How check results become the state of a monitor. Knows no alert."""
