"""Callers that are software: API keys, service accounts and their tokens."""
