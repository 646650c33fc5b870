"""Credentials: what a probe is given to authenticate with, and test runs that use them."""
