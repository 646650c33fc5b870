"""Decodes a body as its `Content-Encoding` says, and knows whether it came to its end.

libcurl takes a compressed body that is cut off for a whole one. So it hands over the bytes as they
were sent. A site chooses them, so what they unpack to is bounded at each step.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

import brotlicffi  # type: ignore[import-untyped]  # It has no types.

_PIECE = 64 * 1024
_MOST_BETWEEN = 4 * 1024 * 1024
"""The most bytes between two codings, so that nothing unpacks for long to little or nothing."""
_MOST_CODINGS = 5
_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_HEADER_SIZE = 2


class UnknownCodingError(Exception):
    """The body has a coding that this service does not know."""


class WrongCodingError(Exception):
    """The body is not encoded as its `Content-Encoding` says."""


class _Coding(Protocol):
    @property
    def is_complete(self) -> bool: ...

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Yield what these further bytes decode to, in pieces of bounded size."""


class Decoder:
    """Decodes one body, which is never empty."""

    def __init__(self, codings: Sequence[str]) -> None:
        """Raise an error for a coding that is unknown, or for too many."""
        if len(codings) > _MOST_CODINGS:
            raise WrongCodingError
        if not set(codings) <= _CODINGS.keys():
            raise UnknownCodingError
        self._layers = [_CODINGS[each]() for each in reversed(codings)]
        self._between = 0

    @property
    def is_complete(self) -> bool:
        return all(each.is_complete for each in self._layers)

    def decode(self, data: bytes, room: int) -> bytes:
        """Return what these bytes decode to: more than `room` bytes if that is too much."""
        found = bytearray()
        for piece in self._pieces(data, self._layers):
            found += piece
            if len(found) > room:
                break
        return bytes(found)

    def _pieces(self, data: bytes, layers: Sequence[_Coding]) -> Iterator[bytes]:
        for piece in layers[0].pieces(data):
            if len(layers) == 1:
                yield piece
                continue
            self._between += len(piece)
            if self._between > _MOST_BETWEEN:
                raise WrongCodingError
            yield from self._pieces(piece, layers[1:])


class _Gzip:
    """One or several members (RFC 1952). Whatever follows the last one is ignored."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_GZIP)
        self._is_over = False

    @property
    def is_complete(self) -> bool:
        return self._is_over or self._member.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._member.eof:
            data = self._next_member(data)
        while not self._is_over:
            yield from _inflated(self._member, data)
            if not self._member.eof or not self._member.unused_data:
                return
            data = self._next_member(self._member.unused_data)

    def _next_member(self, data: bytes) -> bytes:
        """Begin with the data after a member. Its mark may come in two parts."""
        if self._is_over or not data.startswith(_GZIP_MAGIC[: len(data)]):
            self._is_over = True
        else:
            self._member = zlib.decompressobj(_GZIP)
        return data


class _Deflate:
    """The format of zlib (RFC 1950), or bare deflate, which some servers send instead."""

    def __init__(self) -> None:
        self._start = b""
        self._stream: zlib._Decompress | None = None

    @property
    def is_complete(self) -> bool:
        return self._stream is not None and self._stream.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data = self._start = self._start + data
            if len(data) < _HEADER_SIZE:
                return
            self._stream = zlib.decompressobj(_window(data))
        if not self._stream.eof:
            yield from _inflated(self._stream, data)


class _Brotli:
    """Brotli (RFC 7932)."""

    def __init__(self) -> None:
        self._stream = brotlicffi.Decompressor()

    @property
    def is_complete(self) -> bool:
        return bool(self._stream.is_finished())

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self.is_complete:
            return
        try:
            piece = self._stream.process(data, output_buffer_limit=_PIECE)
            while piece:
                yield piece
                piece = self._stream.process(b"", output_buffer_limit=_PIECE)
        except brotlicffi.error as error:
            raise WrongCodingError from error


_CODINGS: dict[str, type[_Gzip | _Deflate | _Brotli]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
}


def _inflated(stream: "zlib._Decompress", data: bytes) -> Iterator[bytes]:
    try:
        piece = stream.decompress(data, _PIECE)
        while piece:
            yield piece
            if stream.eof:
                return
            piece = stream.decompress(stream.unconsumed_tail, _PIECE)
    except zlib.error as error:
        raise WrongCodingError from error


def _window(start: bytes) -> int:
    """Return the parameter of zlib for a stream that begins like this."""
    is_zlib = start[0] & 15 == zlib.DEFLATED and int.from_bytes(start[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS
