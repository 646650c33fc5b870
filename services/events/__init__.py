"""Events for integrators: their schemas, their order, and what each is made from."""
