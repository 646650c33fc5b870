"""What SMTP, IMAP, POP3 and FTP share: a greeting, an optional change to TLS, a farewell."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, GreetingSettings, failed, quoted, settings_of
from probes.auth.logins import Login, login_of
from probes.base import ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network
from probes.network.stream import Stream

_NUMBERED = re.compile(rb"([1-5][0-9]{2})(?:([ -])(.*))?")
_MOST_LINES = 100

Talk = Callable[[Stream], Awaitable[bytes]]
LogIn = Callable[[Stream, Login], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One protocol. A scheme that ends with `s` begins with TLS.

    `greet` returns the greeting of the server. `change` requests TLS, up to its handshake. `log_in`
    raises `Failed` unless the server accepts the login.
    """

    name: str
    ports: dict[str, int | None]
    greet: Talk
    change: Talk
    log_in: LogIn
    farewell: bytes

    def validate_url(self, text: str) -> str:
        return parse_endpoint(text, self.ports).text

    async def probe_async(self, target: Target, network: Network) -> ProbeResult:
        """Read the greeting, change to TLS and log in as the monitor demands, and quit."""
        settings = settings_of(target, GreetingSettings)
        url = parse_endpoint(target.url, self.ports)
        begins_with_tls = url.scheme.endswith("s")
        stream = await network.connect(url, settings.ip_version, any_port=True)
        if begins_with_tls:
            await network.start_tls(stream, url.host, verify=settings.verify_tls)
        stream.step("greeting")
        greeting = await self.greet(stream)
        if settings.expect.encode() not in greeting:
            raise failed(
                Cause.ANSWER, f"The greeting does not contain the expected text: {quoted(greeting)}"
            )
        if settings.starttls and not begins_with_tls:
            stream.step("starttls")
            await self.change(stream)
            await network.start_tls(stream, url.host, verify=settings.verify_tls)
        login = login_of(
            target,
            encrypted=stream.tls is not None,
            allow_plaintext=settings.allow_plaintext_credentials,
        )
        if login:
            stream.step("login")
            await self.log_in(stream, login)
        stream.step("farewell")
        with suppress(OSError):
            await stream.write(self.farewell)
        return UP


async def numbered_reply(stream: Stream, protocol: str) -> tuple[int, bytes]:
    """Read a reply of SMTP or FTP, of one or several lines; return its number and its text."""
    first = await stream.read_line()
    match = _NUMBERED.fullmatch(first)
    if not match:
        raise failed(Cause.PROTOCOL, f"The answer is not {protocol}: {quoted(first)}")
    words = match[3] or b""
    if match[2] != b"-":
        return int(match[1]), words
    for _ in range(_MOST_LINES):
        line = await stream.read_line()
        words += b" " + line[4:]
        if line[:4] in (match[1] + b" ", match[1]):
            return int(match[1]), words
    raise failed(Cause.PROTOCOL, f"The answer has more than {_MOST_LINES} lines.")


async def expect_number(stream: Stream, protocol: str, wanted: int) -> bytes:
    """Return the text of the next reply, which must have this number."""
    number, words = await numbered_reply(stream, protocol)
    if number != wanted:
        raise failed(Cause.ANSWER, f"Answered {number}, expected {wanted}: {quoted(words)}")
    return words


async def expect_start(
    stream: Stream, protocol: str, good: bytes | tuple[bytes, ...], bad: tuple[bytes, ...]
) -> bytes:
    """Return the next line, which must begin with `good` and not with any of `bad`."""
    line = await stream.read_line()
    if line.startswith(good):
        return line
    if line.startswith(bad):
        raise failed(Cause.ANSWER, f"The server refused: {quoted(line)}")
    raise failed(Cause.PROTOCOL, f"The answer is not {protocol}: {quoted(line)}")
