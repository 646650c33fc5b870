"""Usage: what an organization uses of its plan, now and by the hour."""
