"""Logins: what is kept of them."""
