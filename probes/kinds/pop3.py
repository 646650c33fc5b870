"""The kind `pop3`: a mailbox server that greets."""

from typing import ClassVar

from probes.async_probe import GreetingSettings
from probes.base import Example
from probes.kinds.greeting import Protocol, expect_start
from probes.network.stream import Stream

_NAME = "POP3"


class Pop3Settings(GreetingSettings):
    """The settings of a check of a POP3 server."""

    example: ClassVar[Example] = Example("pop3s://mail.example.com", {"expect": "+OK"})


async def _greet(stream: Stream) -> bytes:
    return await expect_start(stream, _NAME, b"+OK", (b"-ERR",))


async def _change(stream: Stream) -> bytes:
    await stream.write(b"STLS\r\n")
    return await expect_start(stream, _NAME, b"+OK", (b"-ERR",))


_POP3 = Protocol(
    name=_NAME,
    ports={"pop3": 110, "pop3s": 995},
    greet=_greet,
    change=_change,
    farewell=b"QUIT\r\n",
)
validate_url, probe_async = _POP3.validate_url, _POP3.probe_async
