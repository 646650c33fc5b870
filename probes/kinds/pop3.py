"""The kind `pop3`: a mailbox server that greets, and may take a login."""

from typing import ClassVar

from domain.evaluation.outcome import Cause
from probes.async_probe import GreetingSettings, failed
from probes.auth.logins import Login
from probes.base import Example
from probes.kinds.greeting import Protocol, expect_start
from probes.network.stream import Stream

_NAME = "POP3"
_NOT_NOW = (b"[IN-USE]", b"[LOGIN-DELAY]", b"[SYS/TEMP]", b"[SYS/PERM]")
"""Response codes of RFC 2449 and 3206 that say nothing of the secret."""


class Pop3Settings(GreetingSettings):
    """The settings of a check of a POP3 server."""

    example: ClassVar[Example] = Example("pop3s://mail.example.com", {"expect": "+OK"})


async def _greet(stream: Stream) -> bytes:
    return await expect_start(stream, _NAME, b"+OK", (b"-ERR",))


async def _change(stream: Stream) -> bytes:
    await stream.write(b"STLS\r\n")
    return await expect_start(stream, _NAME, b"+OK", (b"-ERR",))


async def _log_in(stream: Stream, login: Login) -> None:
    await stream.write(b"USER " + login.username_bytes + b"\r\n")
    if not (await stream.read_line()).startswith(b"+OK"):
        raise login.unusable("The server offers no login with a user name and a password.")
    await stream.write(
        b"PASS " + login.password_bytes + b"\r\n", shown=b"PASS " + login.shown_secret
    )
    line = await stream.read_line()
    if line.startswith(b"-ERR") and not any(code in line.upper() for code in _NOT_NOW):
        raise login.refused(f"The server refused the login: {login.quoted(line)}")
    if not line.startswith(b"+OK"):
        raise failed(Cause.ANSWER, f"The server refused: {login.quoted(line)}")
    login.accepted()


_POP3 = Protocol(
    name=_NAME,
    ports={"pop3": 110, "pop3s": 995},
    greet=_greet,
    change=_change,
    log_in=_log_in,
    farewell=b"QUIT\r\n",
)
PORTS, validate_url, probe_async = _POP3.ports, _POP3.validate_url, _POP3.probe_async
