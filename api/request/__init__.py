"""What every request passes: guards, bodies, entity tags, idempotency, problems."""
