"""Sends what the outbox holds: claims, order, digests, outcomes."""
