"""Contacts, their groups and channels: whom to notify, and how."""
