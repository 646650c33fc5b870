"""Requests as their bytes arrive. Gunicorn's parser reads each one after it is complete."""

import re
from io import BytesIO
from typing import Any

from gunicorn.http.body import LengthReader
from gunicorn.http.errors import LimitRequestHeaders, NoMoreData
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader

from server.serving.chunks import Chunks
from server.serving.limits import LARGEST_BODY, LARGEST_CHUNKED, LARGEST_HEAD
from server.serving.refusals import TooLarge

_END = re.compile(rb"\r\n\r\n|(?<!\r)\n")
"""The end of a head, or the place where it becomes invalid: a line without a carriage return."""
_LONGEST_END = 4
_LITTLE = 4096


class Incoming(Request):
    """One request, as gunicorn reads it."""

    body: Any
    _expected_100_continue: bool

    def takes_continue(self) -> bool:
        """Return once whether the client waits for permission to send the body."""
        expected, self._expected_100_continue = self._expected_100_continue, False
        return expected

    def read_body(self) -> None:
        """Read the whole body, so that its errors appear before the application sees it."""
        self.body = BytesIO(self.body.read())


class Arrival:
    """The received bytes of one connection, from which complete requests are taken one by one."""

    def __init__(self, cfg: Any, client: Any) -> None:  # noqa: ANN401 - gunicorn's
        self._cfg = cfg
        self._client = client
        self._received = bytearray()
        self._begin()

    def _begin(self) -> None:
        self._searched = 0
        self._chunks = Chunks()
        self._source = _Whole()
        self.request: Incoming | None = None
        """The request whose body is incomplete."""

    @property
    def size(self) -> int:
        return len(self._received)

    @property
    def wanted(self) -> int:
        """The number of bytes to receive next, few enough to be examined quickly."""
        if self.request is None or not isinstance(self.request.body.reader, LengthReader):
            return _LITTLE
        missing: int = self.request.body.reader.length - self.size
        return max(missing, 1)

    def add(self, data: bytes) -> None:
        self._received += data

    def forget(self) -> None:
        self._received.clear()
        self._begin()

    def whole(self) -> Incoming | None:
        """Return the next complete request or None, or raise one of `REFUSED`."""
        if self.request is None:
            self._read_head()
        end = self._end_of_body(self.request) if self.request else None
        if end is None:
            return None
        self._source.unread(self._taken(end))
        request = self.request
        self._begin()
        if request is not None:
            # The client has sent the body, so it waits for no permission.
            request.takes_continue()
        return request

    def _read_head(self) -> None:
        found = _END.search(self._received, self._searched)
        end = found.end() if found else self.size
        if end > LARGEST_HEAD:
            raise LimitRequestHeaders("all of them")
        if found or self._is_endless_line():
            self._source.unread(self._taken(end))
            self.request = Incoming(self._cfg, self._source, self._client)
        else:
            self._searched = max(self.size - _LONGEST_END + 1, 0)

    def _is_endless_line(self) -> bool:
        """Return whether the request line is too long, even after one permitted empty line."""
        longest = self._cfg.limit_request_line + _LONGEST_END
        return self.size > longest and self._received.find(b"\r\n", 2, longest) < 0

    def _end_of_body(self, request: Incoming) -> int | None:
        reader = request.body.reader
        if isinstance(reader, LengthReader):
            if reader.length > LARGEST_BODY:
                raise TooLarge
            length: int = reader.length
            return length if length <= self.size else None
        end = self._chunks.end_in(self._received)
        least = max(self._chunks.reaches_to, self.size) if end is None else end
        if least > LARGEST_CHUNKED:
            raise TooLarge
        return end

    def _taken(self, end: int) -> bytes:
        with memoryview(self._received) as received:
            taken = bytes(received[:end])
        del self._received[:end]
        return taken


class _Whole(Unreader):
    """The source of the parser, which contains only complete requests."""

    def chunk(self, size_hint: int | None = None) -> bytes:
        del size_hint
        raise NoMoreData
