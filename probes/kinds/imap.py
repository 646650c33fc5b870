"""The kind `imap`: a mailbox server that greets, and may take a login."""

from typing import ClassVar

from domain.evaluation.outcome import Cause
from probes.async_probe import GreetingSettings, failed, quoted
from probes.auth.logins import Login
from probes.base import Example
from probes.kinds.greeting import Protocol, expect_start
from probes.network.stream import Stream

_NAME = "IMAP"
_MOST_LINES = 50
_NOT_NOW = (b"[UNAVAILABLE]", b"[INUSE]", b"[LIMIT]", b"[SERVERBUG]", b"[CONTACTADMIN]")
"""Response codes of RFC 5530 that say nothing of the secret."""


class ImapSettings(GreetingSettings):
    """The settings of a check of an IMAP server."""

    example: ClassVar[Example] = Example("imap://mail.example.com", {"starttls": True})


async def _greet(stream: Stream) -> bytes:
    return await expect_start(stream, _NAME, b"* OK", (b"* BYE", b"* PREAUTH"))


async def _change(stream: Stream) -> bytes:
    await stream.write(b"a1 STARTTLS\r\n")
    line, _ = await _answer(stream, b"a1")
    return _accepted(line)


async def _log_in(stream: Stream, login: Login) -> None:
    """Log in by SASL PLAIN, or by the command LOGIN where the server does not offer that."""
    await stream.write(b"a2 CAPABILITY\r\n")
    line, more = await _answer(stream, b"a2")
    _accepted(line)
    offered = b" ".join(more).upper().split()
    if b"AUTH=PLAIN" in offered:
        await stream.write(b"a3 AUTHENTICATE PLAIN\r\n")
        if not (await stream.read_line()).startswith(b"+"):
            raise login.unusable("The server refuses the login with a password.")
        await stream.write(login.sasl_plain + b"\r\n", shown=login.shown_secret)
    elif b"LOGINDISABLED" in offered or not login.is_ascii:
        raise login.unusable("The server offers no login that takes this user name and password.")
    else:
        names = b" ".join(map(_in_quotes, (login.username_bytes, login.password_bytes)))
        await stream.write(b"a3 LOGIN " + names + b"\r\n", shown=b"a3 LOGIN " + login.shown_secret)
    line, _ = await _answer(stream, b"a3")
    if line.startswith(b"a3 NO") and not any(code in line.upper() for code in _NOT_NOW):
        raise login.refused(f"The server refused the login: {login.quoted(line)}")
    _accepted(line)
    login.accepted()


async def _answer(stream: Stream, tag: bytes) -> tuple[bytes, list[bytes]]:
    """Return the answer to the command of this tag, and the lines before it."""
    before: list[bytes] = []
    for _ in range(_MOST_LINES):
        line = await expect_start(stream, _NAME, (tag + b" ", b"* "), (b"* BYE",))
        if line.startswith(tag):
            return line, before
        before.append(line)
    raise failed(Cause.PROTOCOL, "The server sent too many lines before its answer.")


def _accepted(line: bytes) -> bytes:
    if not line.partition(b" ")[2].upper().startswith(b"OK"):
        raise failed(Cause.ANSWER, f"The server refused: {quoted(line)}")
    return line


def _in_quotes(text: bytes) -> bytes:
    return b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


_IMAP = Protocol(
    name=_NAME,
    ports={"imap": 143, "imaps": 993},
    greet=_greet,
    change=_change,
    log_in=_log_in,
    farewell=b"a4 LOGOUT\r\n",
)
PORTS, validate_url, probe_async = _IMAP.ports, _IMAP.validate_url, _IMAP.probe_async
