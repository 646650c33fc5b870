"""Reads the principals of a keytab (format 0x0502 of MIT Kerberos), to refuse a wrong one early."""

from collections.abc import Iterator
from struct import Struct, error

_MAGIC = b"\x05\x02"
_LENGTH = Struct(">i")
_COUNT = Struct(">H")


def principals(keytab: bytes) -> frozenset[str]:
    """Return the principals as `name@REALM`, or raise `ValueError` if it is no keytab."""
    if not keytab.startswith(_MAGIC):
        raise ValueError("This is not a keytab.")
    try:
        return frozenset(_principal(entry) for entry in _entries(keytab))
    except (error, UnicodeDecodeError):
        raise ValueError("This is not a keytab.") from None


def _entries(keytab: bytes) -> Iterator[bytes]:
    """Yield the entries; a negative length is the hole of a removed one."""
    at = len(_MAGIC)
    while at < len(keytab):
        (length,) = _LENGTH.unpack_from(keytab, at)
        at += _LENGTH.size
        if length > 0:
            yield keytab[at : at + length]
        elif not length:
            return
        at += abs(length)


def _principal(entry: bytes) -> str:
    (count,) = _COUNT.unpack_from(entry)
    at = _COUNT.size
    words = []
    for _ in range(count + 1):
        (length,) = _COUNT.unpack_from(entry, at)
        at += _COUNT.size
        words.append(entry[at : at + length].decode())
        at += length
    realm, *components = words
    return f"{'/'.join(components)}@{realm}"
