"""The outlines of ASN.1 in BER (X.690), of which DER is a part: tags and lengths, and nothing of what they mean.

It is our own, since no library that is in use reads what an encrypted file asks for without obeying it. It
follows no schema and looks at a byte once for each level that is opened, so what it takes is bounded by
the size of the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

INTEGER, BIT_STRING, OCTET_STRING, OID, SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
_CONSTRUCTED = 0x20
_LONG_TAG = 0x1F
_LONG_LENGTH = 0x80
_MOST_LENGTH_BYTES = 4
_MOST_DEPTH = 16
"""Of values whose length is not given, which are gone through to find their end."""


class BerError(ValueError):
    """Bytes are not BER, or not what was expected there."""


@dataclass(frozen=True, slots=True)
class Element:
    """One value: its tag with the bits of its class, and its content."""

    tag: int
    content: bytes = field(repr=False)

    def children(self, tag: int = SEQUENCE) -> list["Element"]:
        """Return what is inside; raises `BerError` if it is of another tag or holds no values."""
        if self.tag != tag or not tag & _CONSTRUCTED:
            raise BerError
        return list(_elements(self.content))

    def octets(self) -> bytes:
        """Return the bytes of a string, which BER may write in pieces."""
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
        """Return an object identifier as it is written, to be compared with those of `oid`."""
        if self.tag != OID:
            raise BerError
        return self.content


def read(data: bytes) -> Element:
    """Return the one value that this is; raises `BerError` if there is more or less."""
    found = list(_elements(data))
    if len(found) != 1:
        raise BerError
    return found[0]


def oid(text: str) -> bytes:
    """Write the dotted numbers of an object identifier as BER does."""
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
    """Find the two zero bytes that end a value whose length is not given."""
    if depth > _MOST_DEPTH:
        raise BerError
    while data[at : at + 2] != b"\0\0":
        _, _, at = _bounds(data, at, depth)
    return at
