"""The kind `smtp`: a mail server that greets, and lists its extensions."""

from probes.async_probe import GreetingSettings
from probes.kinds.greeting import Protocol, expect_number
from probes.network.stream import Stream

_NAME = "SMTP"


class SmtpSettings(GreetingSettings):
    """The settings of a check of an SMTP server."""


async def _greet(stream: Stream) -> bytes:
    greeting = await expect_number(stream, _NAME, 220)
    await stream.write(b"EHLO downtime-monitor.invalid\r\n")
    await expect_number(stream, _NAME, 250)
    return greeting


async def _change(stream: Stream) -> bytes:
    await stream.write(b"STARTTLS\r\n")
    return await expect_number(stream, _NAME, 220)


_SMTP = Protocol(
    name=_NAME,
    ports={"smtp": 25, "smtps": 465},
    greet=_greet,
    change=_change,
    farewell=b"QUIT\r\n",
)
PORTS, validate_url, probe_async = _SMTP.ports, _SMTP.validate_url, _SMTP.probe_async
