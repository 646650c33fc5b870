"""Schemas of requests and responses, one noun per file."""
