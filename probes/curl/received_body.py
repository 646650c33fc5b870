"""The body of one answer as libcurl hands it over: decoded, and kept up to a limit."""

from typing import Literal

from domain.evaluation.outcome import Cause
from probes.curl.decoding import Decoder, UnknownCodingError, WrongCodingError
from probes.exchange import BODY_CAP
from probes.failures import Failure, down

BROKEN_OFF = 0
"""What a `WRITEFUNCTION` returns to end a transfer."""

_Ending = Literal["", "truncated", "unknown", "wrong"]


class ReceivedBody:
    """At most `BODY_CAP` decoded bytes are read, and the first of them are kept."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.size = 0
        self._room = 0
        self._is_begun = False
        self._decoder: Decoder | None = None
        self._ending: _Ending = ""

    def begin(self, keep: int) -> None:
        """Prepare for the next answer, of which `keep` bytes are wanted."""
        self.kept.clear()
        self.size = 0
        self._room = keep
        self._is_begun = False
        self._decoder = None
        self._ending = ""

    @property
    def is_truncated(self) -> bool:
        """Whether there was more than is read."""
        return self._ending == "truncated"

    @property
    def is_undecoded(self) -> bool:
        """Whether it has a coding that nobody here knows, so that nothing of it was kept."""
        return self._ending == "unknown"

    @property
    def was_broken_off(self) -> bool:
        """Whether the transfer was ended here, and not by an error."""
        return bool(self._ending)

    @property
    def failure(self) -> Failure | None:
        """Return what is wrong with a body of which no more will come."""
        if self._ending == "wrong":
            return down(Cause.PROTOCOL, "The body is not encoded as its Content-Encoding says.")
        if not self._ending and self._decoder and not self._decoder.is_complete:
            return down(Cause.PROTOCOL, "The compressed body ends too early.")
        return None

    def take(self, chunk: bytes, head: bytearray) -> int | None:
        """Take the next bytes of an answer with this head. Return `BROKEN_OFF` after the last."""
        try:
            if not self._is_begun:
                self._is_begun = True
                if codings := _codings_of(head):
                    self._decoder = Decoder(codings)
            if self._decoder:
                chunk = self._decoder.decode(chunk, BODY_CAP - self.size)
        except UnknownCodingError:
            self._ending = "unknown"
            return BROKEN_OFF
        except WrongCodingError:
            self._ending = "wrong"
            return BROKEN_OFF
        if self.size < self._room:
            self.kept += chunk[: self._room - self.size]
        self.size += len(chunk)
        if self.size > BODY_CAP:
            self._ending = "truncated"
            return BROKEN_OFF
        return None


def absurd_length(head: bytearray) -> Failure | None:
    """Return the failure of an answer whose length is no number of bytes that can exist.

    libcurl ignores such a length, and takes what comes until the connection is closed.
    """
    if _values(head, b"transfer-encoding") or not _values(head, b"content-length"):
        return None
    return down(Cause.PROTOCOL, "The Content-Length of the answer is not possible.")


def _codings_of(head: bytearray) -> list[str]:
    """Return the codings of an answer in their order."""
    named = b",".join(_values(head, b"content-encoding")).decode("latin-1").split(",")
    return [name for each in named if (name := each.strip()) not in {"", "identity"}]


def _values(head: bytearray, name: bytes) -> list[bytes]:
    """Return the values of a header of the last answer in a head, in lower case."""
    lower = b"\n" + head.lower()
    mark = b"\n" + name + b":"
    if mark not in lower:  # Most answers have none, and this costs less than to parse them.
        return []
    last = lower[max(0, lower.rfind(b"\nhttp/")) :]
    return [part.partition(b"\n")[0].strip() for part in last.split(mark)[1:]]
