"""Outbound checks: one file per kind, a registry, and the engine that runs thousands at once."""
