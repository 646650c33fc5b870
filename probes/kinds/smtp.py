"""The kind `smtp`: a mail server that greets, lists its extensions, and may take a login."""

from base64 import b64encode
from typing import ClassVar

from domain.evaluation.outcome import Cause
from probes.async_probe import GreetingSettings, failed
from probes.auth.logins import Login
from probes.base import Example
from probes.kinds.greeting import Protocol, expect_number, numbered_reply
from probes.network.stream import Stream

_NAME = "SMTP"
_EHLO = b"EHLO downtime-monitor.invalid\r\n"
_GO_ON = 334
_LOGGED_IN = 235
_WRONG_SECRET = 535
_PERMANENT = 500


class SmtpSettings(GreetingSettings):
    """The settings of a check of an SMTP server."""

    example: ClassVar[Example] = Example(
        "smtp://mail.example.com:587", {"starttls": True, "expect": "ESMTP"}
    )


async def _greet(stream: Stream) -> bytes:
    greeting = await expect_number(stream, _NAME, 220)
    await stream.write(_EHLO)
    await expect_number(stream, _NAME, 250)
    return greeting


async def _change(stream: Stream) -> bytes:
    await stream.write(b"STARTTLS\r\n")
    return await expect_number(stream, _NAME, 220)


async def _log_in(stream: Stream, login: Login) -> None:
    """Log in by SASL PLAIN, or by the older LOGIN (RFC 4954)."""
    await stream.write(_EHLO)
    offered = (await expect_number(stream, _NAME, 250)).upper().replace(b"AUTH=", b"AUTH ").split()
    if b"AUTH" not in offered or not {b"PLAIN", b"LOGIN"} & set(offered):
        raise login.unusable("The server offers no login with a user name and a password.")
    if b"PLAIN" in offered:
        await stream.write(
            b"AUTH PLAIN " + login.sasl_plain + b"\r\n",
            shown=b"AUTH PLAIN " + login.shown_secret,
        )
    else:
        await stream.write(b"AUTH LOGIN\r\n")
        for secret in (login.username_bytes, login.password_bytes):
            await expect_number(stream, _NAME, _GO_ON)
            await stream.write(b64encode(secret) + b"\r\n", shown=login.shown_secret)
    number, words = await numbered_reply(stream, _NAME)
    said = f"{number} {login.quoted(words)}"
    if number == _WRONG_SECRET:
        raise login.refused(f"The server refused the login: {said}")
    if number >= _PERMANENT:
        raise login.unusable(f"The server refused the login: {said}")
    if number != _LOGGED_IN:
        raise failed(Cause.ANSWER, f"Answered {number}, expected 235: {login.quoted(words)}")
    login.accepted()


_SMTP = Protocol(
    name=_NAME,
    ports={"smtp": 25, "smtps": 465},
    greet=_greet,
    change=_change,
    log_in=_log_in,
    farewell=b"QUIT\r\n",
)
PORTS, validate_url, probe_async = _SMTP.ports, _SMTP.validate_url, _SMTP.probe_async
