"""The one guard of outbound traffic: which addresses may be reached, and the sockets and sessions that ask it."""
