"""The values of session cookies. It imports little: a small process reads them, too."""

import hashlib


def hash_of(value: str) -> bytes:
    """Return the stored hash of a cookie; 256 random bits need no slow hash."""
    return hashlib.sha256(value.encode()).digest()
