"""Roll-ups: the checks of each monitor by hour and by day, written late and read fast."""
