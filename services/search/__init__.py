"""Search in the history of an organization: in its checks, and their counts over time."""
