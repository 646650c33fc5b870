"""Credentials with which probes authenticate, and test runs that use them."""
