"""The stages of every request: guards, bodies, entity tags, idempotency, problems."""
