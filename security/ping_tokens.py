"""Ping tokens: the secret part of a heartbeat's URL, and its hash for lookups."""

import hashlib
import secrets
from base64 import b32encode

_BYTES = 20


def new_ping_token() -> str:
    """Return a token of 160 random bits, in letters that need no quoting in any shell."""
    return b32encode(secrets.token_bytes(_BYTES)).decode().lower()


def ping_token_hash(token: str) -> bytes:
    """Return the hash that a ping is looked up by; so many random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
