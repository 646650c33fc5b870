"""Dependencies between monitors: an outage that a parent causes is inhibited."""
