"""From check results to states, incidents and unknown time."""
