"""What the protocols of databases share: the steps of a check, and how a server refuses them."""

import struct
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from domain.evaluation.outcome import Cause
from probes.async_probe import Failed, failed, quoted
from probes.network.stream import MOST_READ, Stream
from probes.sql.values import Value

StartTls = Callable[[], Awaitable[None]]
"""Changes the connection to TLS, after the server agreed to that."""
_MOST_MESSAGES = 1000
_MOST_BYTES = 1024 * 1024


class LoginRefused(Failed):
    """The server refused the user or the password. It may count how often."""


class Connection(Protocol):
    """One connection to a database. Its methods are called once and in this order.

    An empty name of the database means the one that the server chooses, or none.
    """

    def __init__(self, stream: Stream, database: str) -> None: ...

    async def open(self, start_tls: StartTls | None) -> None:
        """Begin, and change to TLS if that is given; raise `Failed` if the server offers none."""

    async def log_in(self, user: str, password: str) -> None:
        """Log in, or raise `LoginRefused`."""

    async def first_value(self, query: str, seconds: float) -> tuple[Value, ...]:
        """Run one statement in a read-only transaction that the server ends after so many seconds.

        Return the first value of the first row, or nothing if there is no row.
        """

    async def close(self) -> None:
        """Say goodbye."""


class MessageCount:
    """Bounds the messages of one check, so that no server keeps the thread busy with them."""

    def __init__(self) -> None:
        self._left = _MOST_MESSAGES
        self._bytes_left = _MOST_BYTES

    def take(self, size: int) -> None:
        """Count one message of so many bytes, before it is read."""
        self._left -= 1
        self._bytes_left -= size
        if size > MOST_READ:
            raise failed(Cause.PROTOCOL, "The server sent a message of more than 64 KiB.")
        if self._left < 0 or self._bytes_left < 0:
            raise failed(Cause.PROTOCOL, "The server sent too many messages.")


@contextmanager
def parsing(protocol: str) -> Iterator[None]:
    """Turn what fails while a message is parsed into a failure of the server."""
    try:
        yield
    except (IndexError, ValueError, struct.error) as error:
        detail = f"The server sent an invalid message of {protocol}."
        raise failed(Cause.PROTOCOL, detail) from error


def not_spoken(protocol: str, said: bytes) -> Failed:
    return failed(Cause.PROTOCOL, f"The answer is not {protocol}: {quoted(said)}")


def refused(said: bytes) -> Failed:
    return failed(Cause.ANSWER, f"The server refused: {quoted(said)}")


def login_refused(user: str, said: bytes) -> LoginRefused:
    """Return the refusal of a login; an attempt without a user is none."""
    detail = f"The server refused the login: {quoted(said)}" if user else _NO_LOGIN
    return LoginRefused(failed(Cause.AUTHORIZATION, detail).failure)


_NO_LOGIN = "The server requires a login."


def no_such_method(method: bytes) -> Failed:
    """Return the failure of a login by a method that is not spoken here."""
    detail = f"The server requires an unsupported method of login: {quoted(method)}"
    return failed(Cause.AUTHORIZATION, detail)


def no_tls() -> Failed:
    return failed(Cause.TLS, "The server does not offer TLS.")


def query_refused(cause: Cause, said: bytes) -> Failed:
    return failed(cause, f"The server refused the query: {quoted(said)}")
