"""Billing: what an organization is at the billing provider, and what follows from it."""
