"""The kind `ftp`: a file server that greets, and may take a login."""

from typing import ClassVar

from domain.evaluation.outcome import Cause
from probes.async_probe import GreetingSettings, failed
from probes.auth.logins import Login
from probes.base import Example
from probes.kinds.greeting import Protocol, expect_number, numbered_reply
from probes.network.stream import Stream

_NAME = "FTP"
_LOGGED_IN = frozenset({202, 230, 232})
_WANTS_PASSWORD = 331
_NOT_LOGGED_IN = 530
_PERMANENT = 500


class FtpSettings(GreetingSettings):
    """The settings of a check of an FTP server."""

    example: ClassVar[Example] = Example("ftp://files.example.com", {"starttls": True})


async def _greet(stream: Stream) -> bytes:
    return await expect_number(stream, _NAME, 220)


async def _change(stream: Stream) -> bytes:
    await stream.write(b"AUTH TLS\r\n")
    return await expect_number(stream, _NAME, 234)


async def _log_in(stream: Stream, login: Login) -> None:
    await stream.write(b"USER " + login.username_bytes + b"\r\n")
    number, words = await numbered_reply(stream, _NAME)
    if number in _LOGGED_IN:
        login.accepted()
        return
    if number >= _PERMANENT:
        raise login.unusable(f"The server takes no login: {number} {login.quoted(words)}")
    if number != _WANTS_PASSWORD:
        raise failed(Cause.ANSWER, f"Answered {number}, expected 331: {login.quoted(words)}")
    await stream.write(
        b"PASS " + login.password_bytes + b"\r\n", shown=b"PASS " + login.shown_secret
    )
    number, words = await numbered_reply(stream, _NAME)
    if number == _NOT_LOGGED_IN:
        raise login.refused(f"The server refused the login: {number} {login.quoted(words)}")
    if number not in _LOGGED_IN:
        raise failed(Cause.ANSWER, f"Answered {number}, expected 230: {login.quoted(words)}")
    login.accepted()


_FTP = Protocol(
    name=_NAME,
    ports={"ftp": 21, "ftps": 990},
    greet=_greet,
    change=_change,
    log_in=_log_in,
    farewell=b"QUIT\r\n",
)
PORTS, validate_url, probe_async = _FTP.ports, _FTP.validate_url, _FTP.probe_async
