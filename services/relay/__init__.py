"""Sends the deliveries of the outbox: claims, order, digests, outcomes."""
