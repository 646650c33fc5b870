"""How a request comes in and its answer goes out, for a worker whose threads never wait for a client."""
