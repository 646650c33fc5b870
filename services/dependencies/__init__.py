"""Dependencies between monitors: an outage that a parent explains is inhibited."""
