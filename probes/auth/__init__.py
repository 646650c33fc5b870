"""How to authorize a request to the watched server: one scheme, one file."""
