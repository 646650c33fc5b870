"""The kind `ftp`: a file server that greets."""

from probes.async_probe import GreetingSettings
from probes.kinds.greeting import Protocol, expect_number
from probes.network.stream import Stream

_NAME = "FTP"


class FtpSettings(GreetingSettings):
    """The settings of a check of an FTP server."""


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
PORTS, validate_url, probe_async = _FTP.ports, _FTP.validate_url, _FTP.probe_async
