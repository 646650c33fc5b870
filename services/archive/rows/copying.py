"""The binary format of COPY as numpy arrays, without parsing single rows.

Rows have a fixed width, so a piece of the copy is an array (PostgreSQL documentation, COPY, Binary
Format: big-endian fields, each after its length).
"""

from collections.abc import Callable

import numpy as np

from services.archive.files.columns import CHECK, NAMES, Rows

_HEADER_BYTES = 19
_TRAILER = b"\xff\xff"
_ROWS_AT_ONCE = 32_768

_FIELDS = [
    field
    for name in NAMES
    for field in ((f"{name}_bytes", ">i4"), (name, CHECK[name].newbyteorder(">")))
]
_TUPLE = np.dtype([("fields", ">i2"), *_FIELDS])


def packed(rows: Rows) -> bytes:
    """Return rows as tuples of the format, without its header and trailer."""
    tuples = np.empty(len(rows), dtype=_TUPLE)
    tuples["fields"] = len(NAMES)
    for name in NAMES:
        tuples[f"{name}_bytes"] = CHECK[name].itemsize
        tuples[name] = rows[name]
    return tuples.tobytes()


class Copied:
    """Receives the pieces of a copy as a file would, and passes on whole rows."""

    def __init__(self, sink: Callable[[Rows], None]) -> None:
        self._sink = sink
        self._buffer = bytearray()
        self._is_begun = False

    def write(self, piece: bytes) -> int:
        self._buffer += piece
        if len(self._buffer) >= _ROWS_AT_ONCE * _TUPLE.itemsize:
            self._pass_on()
        return len(piece)

    def finish(self) -> None:
        self._pass_on()
        if bytes(self._buffer) != _TRAILER:
            raise ValueError("The copy of the database ended early, or has rows of another width.")

    def _pass_on(self) -> None:
        if not self._is_begun:
            del self._buffer[:_HEADER_BYTES]
            self._is_begun = True
        count = len(self._buffer) // _TUPLE.itemsize
        if not count:
            return
        size = count * _TUPLE.itemsize
        found = np.frombuffer(bytes(self._buffer[:size]), dtype=_TUPLE)
        del self._buffer[:size]
        if (found["fields"] != len(NAMES)).any():
            raise ValueError("The copy of the database has rows of another width.")
        rows = np.empty(count, dtype=CHECK)
        for name in NAMES:
            rows[name] = found[name]
        self._sink(rows)
