"""Schemas of requests and responses. Each file describes one noun."""
