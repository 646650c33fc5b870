"""The egress guard: the permitted addresses, and the sockets and sessions that enforce them."""
