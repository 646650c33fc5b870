"""The caller of a request: principals, tokens, client addresses and certificates."""
