"""Events for integrators: their schemas, their order, and their payloads."""
