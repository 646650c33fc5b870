"""The kind `redis`: a server of Redis, or of its protocol, that answers a PING."""

from contextlib import suppress
from typing import ClassVar

from pydantic import Field, StrictBool

from domain.evaluation.outcome import Cause
from probes.async_probe import UP, Failed, LoginSettings, failed, quoted, settings_of
from probes.auth.logins import Login, login_of
from probes.base import Example, ProbeResult, Target
from probes.endpoints import parse_endpoint
from probes.network.network import Network
from probes.network.stream import Stream

PORTS: dict[str, int | None] = {"redis": 6379, "rediss": 6379}
_ERROR, _TEXT = b"-", b"+"
_REQUIRES_A_LOGIN = b"NOAUTH"
_NO_RIGHT = b"NOPERM"
_WRONG_LOGIN = (b"WRONGPASS", b"ERR invalid password", b"ERR AUTH", b"ERR Client sent AUTH")
"""What Redis answers to a wrong login; before version 6, and without any password set."""


class RedisSettings(LoginSettings):
    """The settings of a check of a Redis server. Nothing is read from it or written to it."""

    example: ClassVar[Example] = Example("rediss://cache.example.com", {"accept_refusal": True})

    accept_refusal: StrictBool = Field(
        default=False,
        description="Whether a server that requires a login counts as up if there is none.",
    )


def validate_url(text: str) -> str:
    return parse_endpoint(text, PORTS).text


async def probe_async(target: Target, network: Network) -> ProbeResult:
    """Log in if there is a credential, and ping."""
    settings = settings_of(target, RedisSettings)
    url = parse_endpoint(target.url, PORTS)
    is_private = url.scheme == "rediss"
    login = login_of(
        target, encrypted=is_private, allow_plaintext=settings.allow_plaintext_credentials
    )
    stream = await network.connect(url, settings.ip_version, any_port=True)
    if is_private:
        await network.start_tls(stream, url.host, verify=settings.verify_tls)
    if login:
        await _log_in(stream, login)
    stream.step("ping")
    await stream.write(_command("PING"), shown=b"PING")
    answer = await _answer(stream)
    if answer.startswith(_ERROR + _REQUIRES_A_LOGIN):
        if settings.accept_refusal:
            return UP
        raise failed(Cause.AUTHORIZATION, "The server requires a login.")
    if answer.startswith(_ERROR):
        raise _refused(answer, quoted(answer[1:]))
    if answer != b"+PONG":
        raise failed(Cause.ANSWER, f"The server answered a PING with other words: {quoted(answer)}")
    with suppress(OSError):
        stream.step("farewell")
        await stream.write(_command("QUIT"), shown=b"QUIT")
    return UP


async def _log_in(stream: Stream, login: Login) -> None:
    # Without a user, the password is that of the default user.
    given = (login.username, login.password) if login.username else (login.password,)
    stream.step("login")
    await stream.write(_command("AUTH", *given), shown=b"AUTH")
    answer = await _answer(stream)
    if answer.startswith(tuple(_ERROR + each for each in _WRONG_LOGIN)):
        raise login.refused(f"The server refused the login: {login.quoted(answer[1:])}")
    if answer.startswith(_ERROR):
        raise _refused(answer, login.quoted(answer[1:]))
    login.accepted()


async def _answer(stream: Stream) -> bytes:
    """Return the next answer, which is a text or an error in one line."""
    line = await stream.read_line()
    if not line.startswith((_ERROR, _TEXT)):
        raise failed(Cause.PROTOCOL, f"The answer is not Redis: {quoted(line)}")
    return line


def _refused(answer: bytes, said: str) -> Failed:
    cause = Cause.AUTHORIZATION if answer.startswith(_ERROR + _NO_RIGHT) else Cause.ANSWER
    return failed(cause, f"The server refused: {said}")


def _command(*words: str) -> bytes:
    """Write a command as an array of texts, so that no text can become another command."""
    encoded = [word.encode() for word in words]
    texts = b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in encoded)
    return b"*%d\r\n%b" % (len(encoded), texts)
