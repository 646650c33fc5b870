"""Who makes a request: principals, tokens, client addresses and certificates."""
