"""The read side of incidents: history and timeline."""
