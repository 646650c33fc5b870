"""On-call schedules: who is on duty, by layers and overrides."""
