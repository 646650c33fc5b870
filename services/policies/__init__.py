"""Policies: what an organization demands of those who act for it."""
