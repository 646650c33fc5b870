"""Writes DER, also such as no library would: for files that ask for too much."""

from security.private_keys import ber


def value(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return bytes([tag]) + _length(len(content)) + content


def sequence(*contents: bytes) -> bytes:
    return value(ber.SEQUENCE, *contents)


def integer(number: int) -> bytes:
    return value(ber.INTEGER, number.to_bytes(number.bit_length() // 8 + 1, signed=True))


def octets(content: bytes) -> bytes:
    return value(ber.OCTET_STRING, content)


def oid(text: str) -> bytes:
    return value(ber.OID, ber.oid(text))


def explicit(content: bytes, number: int = 0) -> bytes:
    return value(0xA0 + number, content)


def _length(length: int) -> bytes:
    if length < 0x80:
        return bytes([length])
    written = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([0x80 | len(written)]) + written
