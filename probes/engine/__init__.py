"""The engine that runs thousands of probes at once."""
