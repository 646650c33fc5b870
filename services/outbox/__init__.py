"""Writes messages in the transaction that causes them. `services/relay` sends them."""
