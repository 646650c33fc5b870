"""The pages of on-call schedules, their overrides, and escalation policies."""
