"""Ping tokens: the unguessable part of the address of a heartbeat, and by what it is found."""

import hashlib
import secrets
from base64 import b32encode

_BYTES = 20


def new_ping_token() -> str:
    """Make one: 160 bits, in letters that survive any shell."""
    return b32encode(secrets.token_bytes(_BYTES)).decode().lower()


def ping_token_hash(token: str) -> bytes:
    """Return what a ping is looked up by; so many random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()
