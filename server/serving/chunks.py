"""Finds the end of a chunked body (RFC 9112, 7.1) in bytes that may be incomplete."""

import re

_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;|$)")


class Chunks:
    """Follows the sizes of the chunks.

    Whether the body is well-formed is checked when it is read.
    """

    def __init__(self) -> None:
        self.reaches_to = 0
        """The minimum length of the body in bytes, by the chunk sizes seen so far."""
        self._searched = 0
        self._is_last = False

    def end_in(self, received: bytearray) -> int | None:
        """Return the end of the body once it is known. An unreadable body ends at once."""
        while not self._is_last:
            end = received.find(b"\r\n", max(self.reaches_to, self._searched))
            if end < 0:
                self._searched = max(len(received) - 1, 0)
                return None
            found = _SIZE.match(received[self.reaches_to : end])
            if found is None:
                return len(received)
            self._follow(int(found[1], 16), end)
        # An empty line ends it, with or without trailers.
        end = received.find(b"\r\n\r\n", self._searched)
        self._searched = max(len(received) - 3, self._searched)
        return end + 4 if end >= 0 else None

    def _follow(self, size: int, end: int) -> None:
        self._is_last = not size
        if size:
            self.reaches_to = end + 2 + size + 2
        else:
            self._searched = end
