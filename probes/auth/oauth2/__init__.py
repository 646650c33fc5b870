"""The scheme `oauth2` (RFC 6749): tokens from an authorization server."""
