"""The kind `smtp`: a mail server that greets, and lists its extensions."""

from typing import ClassVar

from probes.async_probe import GreetingSettings
from probes.base import Example
from probes.kinds.greeting import Protocol, expect_number
from probes.network.stream import Stream

_NAME = "SMTP"


class SmtpSettings(GreetingSettings):
    """The settings of a check of an SMTP server."""

    example: ClassVar[Example] = Example(
        "smtp://mail.example.com:587", {"starttls": True, "expect": "ESMTP"}
    )


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
validate_url, probe_async = _SMTP.validate_url, _SMTP.probe_async
