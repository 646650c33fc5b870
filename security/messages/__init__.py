"""Signed messages between components: what may ask for what, and under which key."""
