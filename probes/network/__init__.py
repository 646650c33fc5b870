"""Names, sockets and streams for probes. Every address passes the egress guard."""
