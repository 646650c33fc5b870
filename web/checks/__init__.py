"""The search in the checks of all monitors: its filters, and its counts as a chart."""
