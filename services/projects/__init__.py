"""Projects, to which monitors, contact groups and escalation policies belong."""
