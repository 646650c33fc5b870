"""The assertions that a user may add to the expected status: one class per type."""
