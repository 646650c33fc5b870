"""Callers that are no people: API keys, service accounts and their tokens."""
