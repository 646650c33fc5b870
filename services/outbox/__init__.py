"""Writes what is to be sent, in the transaction of what caused it. `services/relay` sends it."""
