"""Where a chunked body ends (RFC 9112, 7.1), in bytes that are not all here yet."""

import re

_SIZE = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;|$)")


class Chunks:
    """Follows the sizes of the chunks; whether a body is well-formed shows when it is read."""

    def __init__(self) -> None:
        self.reaches_to = 0
        """How many bytes the body has at least, by the sizes seen so far."""
        self._searched = 0
        self._is_last = False

    def end_in(self, received: bytearray) -> int | None:
        """Return where the body ends, as soon as it does; what cannot be followed ends at once."""
        while not self._is_last:
            end = received.find(b"\r\n", max(self.reaches_to, self._searched))
            if end < 0:
                self._searched = max(len(received) - 1, 0)
                return None
            found = _SIZE.match(received[self.reaches_to : end])
            if found is None:
                return len(received)
            self._follow(int(found[1], 16), end)
        # With or without trailers, an empty line ends it.
        end = received.find(b"\r\n\r\n", self._searched)
        self._searched = max(len(received) - 3, self._searched)
        return end + 4 if end >= 0 else None

    def _follow(self, size: int, end: int) -> None:
        self._is_last = not size
        if size:
            self.reaches_to = end + 2 + size + 2
        else:
            self._searched = end
