"""The order, digests, rate limit and retries of messages."""
