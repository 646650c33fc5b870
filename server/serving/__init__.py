"""Requests and answers of a worker whose threads never wait for a client."""
