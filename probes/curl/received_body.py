"""The body of one answer as libcurl hands it over: decoded, and kept up to a limit."""

from typing import Literal

from domain.evaluation.outcome import Cause
from probes.curl.decoding import Decoder, UnknownCodingError, WrongCodingError
from probes.exchange import BODY_CAP
from probes.failures import Failure, down

BROKEN_OFF = 0
"""What a `WRITEFUNCTION` returns to end a transfer."""

_ENCODING = b"\ncontent-encoding:"
Ending = Literal["", "truncated", "unknown", "wrong"]
"""Why a transfer was ended here: after the bytes that are read, or for the coding of the body.

An unknown coding is nobody's failure, but nothing of the body was kept.
"""


class ReceivedBody:
    """At most `BODY_CAP` decoded bytes are read, and the first of them are kept."""

    def __init__(self, head: bytearray) -> None:
        """Read the answer whose head is in `head` once its body begins."""
        self._head = head
        self.kept = bytearray()
        self.size = 0
        self._room = 0
        self._is_begun = False
        self._decoder: Decoder | None = None
        self.ending: Ending = ""

    def begin(self, keep: int) -> None:
        """Prepare for the next answer, of which `keep` bytes are wanted."""
        self.kept.clear()
        self.size = 0
        self._room = keep
        self._is_begun = False
        self._decoder = None
        self.ending = ""

    @property
    def failure(self) -> Failure | None:
        """Return what is wrong with a body of which no more will come."""
        if self.ending == "wrong":
            return down(Cause.PROTOCOL, "The body is not encoded as its Content-Encoding says.")
        if not self.ending and self._decoder and not self._decoder.is_complete:
            return down(Cause.PROTOCOL, "The compressed body ends too early.")
        return None

    def take(self, chunk: bytes) -> int | None:
        """Serve as `WRITEFUNCTION`. Return `BROKEN_OFF` after the last bytes that are wanted.

        Most bodies are not encoded. Each check pays for what they go through here.
        """
        if not self._is_begun:
            self._is_begun = True
            if _ENCODING in self._head.lower() and not self._begin_decoding():
                return BROKEN_OFF
        if self._decoder:
            try:
                chunk = self._decoder.decode(chunk, BODY_CAP - self.size)
            except WrongCodingError:
                self.ending = "wrong"
                return BROKEN_OFF
        if self.size < self._room:
            self.kept += chunk[: self._room - self.size]
        self.size += len(chunk)
        if self.size > BODY_CAP:
            self.ending = "truncated"
            return BROKEN_OFF
        return None

    def _begin_decoding(self) -> bool:
        """Prepare to decode what the head says is encoded. Return whether that is possible."""
        try:
            if codings := _codings_of(self._head):
                self._decoder = Decoder(codings)
        except UnknownCodingError:
            self.ending = "unknown"
        except WrongCodingError:
            self.ending = "wrong"
        return not self.ending


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
    last = lower[max(0, lower.rfind(b"\nhttp/")) :]
    return [part.partition(b"\n")[0].strip() for part in last.split(mark)[1:]]
