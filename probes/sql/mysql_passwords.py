"""How MySQL and MariaDB have a client prove that it knows a password."""

from collections.abc import Callable, Mapping
from hashlib import sha1, sha256

NATIVE, CACHING = b"mysql_native_password", b"caching_sha2_password"
IN_CLEAR = frozenset({b"mysql_clear_password", b"sha256_password"})
"""These methods send the password itself, so they need TLS."""


def _native(password: bytes, nonce: bytes) -> bytes:
    hashed = _sha1(password)
    return _xor(hashed, _sha1(nonce + _sha1(hashed)))


def _caching(password: bytes, nonce: bytes) -> bytes:
    hashed = _sha256(password)
    return _xor(hashed, _sha256(_sha256(hashed) + nonce))


_METHODS: Mapping[bytes, Callable[[bytes, bytes], bytes]] = {NATIVE: _native, CACHING: _caching}


def is_known(method: bytes) -> bool:
    return method in _METHODS


def proof(method: bytes, password: str, nonce: bytes) -> bytes:
    """Return the answer to a challenge. There is nothing to prove about an empty password."""
    return _METHODS[method](password.encode(), nonce) if password else b""


def _sha1(data: bytes) -> bytes:
    return sha1(data, usedforsecurity=False).digest()


def _sha256(data: bytes) -> bytes:
    return sha256(data).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
