"""Escalation policies: their steps, their targets and the progress of incidents."""
