"""On-call schedules and their layers."""
