"""Who reads: the cookie of a session, where a request comes from, and where a login leads."""
