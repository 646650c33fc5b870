"""The kind `ftp`: a file server that greets."""

from typing import ClassVar

from probes.async_probe import GreetingSettings
from probes.base import Example
from probes.kinds.greeting import Protocol, expect_number
from probes.network.stream import Stream

_NAME = "FTP"


class FtpSettings(GreetingSettings):
    """The settings of a check of an FTP server."""

    example: ClassVar[Example] = Example("ftp://files.example.com", {"starttls": True})


async def _greet(stream: Stream) -> bytes:
    return await expect_number(stream, _NAME, 220)


async def _change(stream: Stream) -> bytes:
    await stream.write(b"AUTH TLS\r\n")
    return await expect_number(stream, _NAME, 234)


_FTP = Protocol(
    name=_NAME,
    ports={"ftp": 21, "ftps": 990},
    greet=_greet,
    change=_change,
    farewell=b"QUIT\r\n",
)
validate_url, probe_async = _FTP.validate_url, _FTP.probe_async
