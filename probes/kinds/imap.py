"""The kind `imap`: a mailbox server that greets."""

from typing import ClassVar

from domain.evaluation.outcome import Cause
from probes.async_probe import GreetingSettings, failed
from probes.base import Example
from probes.kinds.greeting import Protocol, expect_start
from probes.network.stream import Stream

_NAME = "IMAP"
_MOST_LINES = 20


class ImapSettings(GreetingSettings):
    """The settings of a check of an IMAP server."""

    example: ClassVar[Example] = Example("imap://mail.example.com", {"starttls": True})


async def _greet(stream: Stream) -> bytes:
    return await expect_start(stream, _NAME, b"* OK", (b"* BYE", b"* PREAUTH"))


async def _change(stream: Stream) -> bytes:
    await stream.write(b"a1 STARTTLS\r\n")
    for _ in range(_MOST_LINES):
        line = await expect_start(stream, _NAME, (b"a1 OK", b"* "), (b"a1 NO", b"a1 BAD"))
        if line.startswith(b"a1"):
            return line
    raise failed(Cause.PROTOCOL, "The server sent too many lines before its answer.")


_IMAP = Protocol(
    name=_NAME,
    ports={"imap": 143, "imaps": 993},
    greet=_greet,
    change=_change,
    farewell=b"a2 LOGOUT\r\n",
)
validate_url, probe_async = _IMAP.validate_url, _IMAP.probe_async
