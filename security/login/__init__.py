"""Proofs of a login: passwords, one-time codes, secrets of machines."""
