"""The list of monitors, and what can be done with many of them."""
