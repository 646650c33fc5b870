"""Outbound messages: one file per kind of channel and a registry. No database."""
