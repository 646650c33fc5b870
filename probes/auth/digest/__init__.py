"""The scheme `digest` (RFC 7616)."""
