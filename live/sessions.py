"""Asks Postgres which organization each session acts for: many sessions in one statement.

One thread does it, so that the loop never waits. Its login may run one function and read no table.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - it is a class

Ask = Callable[[Sequence[bytes]], Mapping[bytes, int]]

_MOST_WAITING = 5000
_OPTIONS = "-c statement_timeout=3000 -c timezone=UTC"
_QUERY = "SELECT cookie_hash, organization_id FROM organizations_of_sessions(%s)"


class SessionsUnknownError(Exception):
    """Postgres cannot be asked now."""


class Sessions:
    """Gathers questions while one is under way. It belongs to one event loop."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sessions")
        self._waiting: dict[bytes, asyncio.Future[int | None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def organization_of(self, session: bytes) -> int | None:
        """Return the organization that a session acts for, or None if it has ended.

        Raise `SessionsUnknownError` if nobody can tell.
        """
        if session not in self._waiting and len(self._waiting) >= _MOST_WAITING:
            raise SessionsUnknownError
        loop = asyncio.get_running_loop()
        future = self._waiting.setdefault(session, loop.create_future())
        if self._asking is None or self._asking.done():
            self._asking = loop.create_task(self._answer_all())
        return await asyncio.shield(future)

    async def organizations_of(self, sessions: Sequence[bytes]) -> Mapping[bytes, int]:
        """Return the organizations of all sessions that go on. Raise as above."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._ask, sessions)
        except psycopg2.Error as error:
            raise SessionsUnknownError from error

    async def _answer_all(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, {}
            try:
                found = await self.organizations_of(list(asked))
            except SessionsUnknownError as error:
                for future in asked.values():
                    future.set_exception(error)
                    # Whoever asked may be gone.
                    future.exception()
            else:
                for session, future in asked.items():
                    future.set_result(found.get(session))


class Database:
    """One connection, made when it is needed, and again after it broke. For one thread."""

    def __init__(self, url: str) -> None:
        # The URL may name a driver of SQLAlchemy.
        self._url = f"postgresql{url[url.index('://') :]}"
        self._connection: Connection | None = None

    def organizations_of(self, sessions: Sequence[bytes]) -> Mapping[bytes, int]:
        """Return the organization of each session that goes on. Raise `psycopg2.Error`."""
        is_new = self._connection is None
        try:
            return self._query(sessions)
        except psycopg2.OperationalError:
            self._connection = None
            if is_new:
                raise
        # The server was restarted since the last question.
        return self._query(sessions)

    def _query(self, sessions: Sequence[bytes]) -> Mapping[bytes, int]:
        if self._connection is None:
            self._connection = _connected(self._url)
        with self._connection.cursor() as cursor:
            cursor.execute(_QUERY, (list(sessions),))
            return {bytes(session): organization_id for session, organization_id in cursor}


def _connected(url: str) -> Connection:
    made = psycopg2.connect(
        url,
        connect_timeout=3,
        options=_OPTIONS,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=5000,
    )
    made.autocommit = True
    return made
