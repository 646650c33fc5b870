"""Webhooks, signed as Standard Webhooks specifies."""
