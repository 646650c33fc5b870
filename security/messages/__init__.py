"""Signed messages between components: which tasks each may send, and under which key."""
