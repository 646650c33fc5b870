"""The structure of ASN.1 in BER (X.690), of which DER is a subset: tags and lengths only.

It is our own, because no available library reads the parameters of an encrypted file without
applying them. It follows no schema and visits each byte once per opened level, so the size of the
file bounds the work.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80
_MOST_LENGTH_BYTES = 4
_MOST_DEPTH = 16
"""The most levels of values without a length, which are traversed to find their end."""


class BerError(ValueError):
    """The bytes are not BER, or not the expected value."""


@dataclass(frozen=True, slots=True)
class Element:
    """One value: its tag with the class bits, and its content."""

    tag: int
    content: bytes = field(repr=False)

    def children(self, tag: int = SEQUENCE) -> list["Element"]:
        """Return the values inside; raise `BerError` if the tag differs or holds no values."""
        if self.tag != tag or not tag & _CONSTRUCTED:
            raise BerError
        return list(_elements(self.content))

    def octets(self) -> bytes:
        """Return the bytes of a string, which BER may split into pieces."""
        if self.tag == OCTET_STRING:
            return self.content
        if self.tag != OCTET_STRING | _CONSTRUCTED:
            raise BerError
        pieces = list(_elements(self.content))
        if any(piece.tag != OCTET_STRING for piece in pieces):
            raise BerError
        return b"".join(piece.content for piece in pieces)

    def integer(self) -> int:
        if self.tag != INTEGER or not self.content:
            raise BerError
        return int.from_bytes(self.content, signed=True)

    def oid(self) -> bytes:
        """Return the encoded object identifier, to compare with those of `oid`."""
        if self.tag != OID:
            raise BerError
        return self.content


def read(data: bytes) -> Element:
    """Return the one value of the data; raise `BerError` if there is more or less."""
    found = list(_elements(data))
    if len(found) != 1:
        raise BerError
    return found[0]


def oid(text: str) -> bytes:
    """Encode the dotted numbers of an object identifier."""
    first, second, *others = map(int, text.split("."))
    return b"".join(_base_128(number) for number in (40 * first + second, *others))


def _base_128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _elements(data: bytes) -> Iterator[Element]:
    at = 0
    while at < len(data):
        begin, end, following = _bounds(data, at, 0)
        yield Element(data[at], data[begin:end])
        at = following


def _bounds(data: bytes, at: int, depth: int) -> tuple[int, int, int]:
    """Return where the content of a value begins and ends, and where the next value begins."""
    try:
        tag, length = data[at], data[at + 1]
    except IndexError:
        raise BerError from None
    begin = at + 2
    if tag & _LONG_TAG == _LONG_TAG:
        raise BerError
    if length == _LONG_LENGTH:
        if not tag & _CONSTRUCTED:
            raise BerError
        end = _end_of_contents(data, begin, depth + 1)
        return begin, end, end + 2
    if length > _LONG_LENGTH:
        count = length & ~_LONG_LENGTH
        if count > _MOST_LENGTH_BYTES:
            raise BerError
        length = int.from_bytes(data[begin : begin + count])
        begin += count
    end = begin + length
    if end > len(data):
        raise BerError
    return begin, end, end


def _end_of_contents(data: bytes, at: int, depth: int) -> int:
    """Return the position of the two zero bytes that end a value without a length."""
    if depth > _MOST_DEPTH:
        raise BerError
    while data[at : at + 2] != b"\0\0":
        _, _, at = _bounds(data, at, depth)
    return at
