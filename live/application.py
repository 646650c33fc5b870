"""The ASGI application: `GET /live/events` streams hints, and nothing else is answered.

Denied by default: a stream needs a session that goes on, from a page of ours, within the limits.
The organization comes from the session. A session that has ended, or that nobody can vouch for,
ends its streams within a minute.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from domain.hints import RENEWED_SECONDS
from live.hub import Hub
from live.limits import USUAL, Places, StreamLimits, TooManyStreamsError
from live.requests import Request
from live.sessions import Ask, Sessions, SessionsUnknownError
from live.settings import LiveSettings
from live.streams import LOST, Stream, written
from live.subscription import Subscription, client

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

_BEGIN = b"retry: 3000\n\n"
_STREAM: tuple[Header, ...] = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    # Proxies such as nginx would gather hints otherwise.
    (b"x-accel-buffering", b"no"),
)
_ALWAYS: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"vary", b"Origin, Cookie"),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: how often sessions are checked, how long that is good for, and how long a send.

    `renew` is how often a page fetches itself without a change.
    """

    check: float = 20.0
    proof: float = 60.0
    send: float = 15.0
    renew: float = RENEWED_SECONDS


PATIENCE = Patience()


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class LiveApplication:
    def __init__(
        self,
        settings: LiveSettings,
        ask: Ask,
        *,
        limits: StreamLimits = USUAL,
        patience: Patience = PATIENCE,
    ) -> None:
        self._settings, self._patience = settings, patience
        self._hub = Hub()
        self._places = Places(limits)
        self._sessions = Sessions(ask)
        self._subscription = Subscription(client(settings.redis_url), self._hub)
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(Request.of(scope), send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        loop = asyncio.get_running_loop()
        work = (
            self._subscription.run(),
            self._subscription.renew(self._patience.renew),
            self._check_sessions(),
        )
        self._tasks = [loop.create_task(each) for each in work]
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for task in self._tasks:
            task.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, request: Request, send: Send) -> None:
        try:
            await self._route(request, send)
        except _RefusedError as refused:
            await self._finish(send, request, refused.status)

    async def _route(self, request: Request, send: Send) -> None:
        if request.path not in {"/live/events", "/healthz"}:
            raise _RefusedError(HTTPStatus.NOT_FOUND)
        if request.method != "GET":
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED)
        if request.path == "/healthz":
            await self._finish(send, request, HTTPStatus.OK)
            return
        session, organization_id = await self._reader(request)
        network = request.network(self._settings)
        try:
            with self._places.taken(
                session=session, organization_id=organization_id, network=network
            ):
                await self._stream(request, session, organization_id, send)
        except TooManyStreamsError:
            raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS) from None

    async def _reader(self, request: Request) -> tuple[bytes, int]:
        """Return the session of the request and its organization."""
        if not request.is_from_our_pages(self._settings):
            raise _RefusedError(HTTPStatus.FORBIDDEN)
        session = request.session(self._settings)
        if session is None:
            raise _RefusedError(HTTPStatus.UNAUTHORIZED)
        try:
            organization_id = await self._sessions.organization_of(session)
        except SessionsUnknownError:
            raise _RefusedError(HTTPStatus.SERVICE_UNAVAILABLE) from None
        if organization_id is None:
            raise _RefusedError(HTTPStatus.UNAUTHORIZED)
        return session, organization_id

    async def _stream(
        self, request: Request, session: bytes, organization_id: int, send: Send
    ) -> None:
        stream = Stream(organization_id, session, asyncio.get_running_loop().time())
        self._hub.enter(stream)
        try:
            await self._start(send, request, HTTPStatus.OK, _STREAM)
            # Entered before, so no change between this version and the first hint is missed.
            present = await self._subscription.version_of(organization_id)
            piece: bytes | None = _BEGIN + (written(present) if present else LOST)
            while piece is not None:
                await self._send(send, piece)
                piece = await stream.next()
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._hub.leave(stream)

    async def _send(self, send: Send, piece: bytes) -> None:
        """Send a piece. A reader who has not taken the ones before for long is given up."""
        try:
            async with asyncio.timeout(self._patience.send):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            log.warning("stream_not_read")
            # The server closes the connection of a call that is cancelled.
            raise asyncio.CancelledError from None

    async def _check_sessions(self) -> None:
        while True:
            await asyncio.sleep(self._patience.check)
            streams = list(self._hub.streams())
            found: dict[bytes, int] = {}
            with suppress(SessionsUnknownError):
                found = dict(await self._sessions.organizations_of(_sessions_of(streams)))
                self._judge(streams, found)
            self._end_unproven(streams)

    def _judge(self, streams: Iterable[Stream], found: dict[bytes, int]) -> None:
        now = asyncio.get_running_loop().time()
        for stream in streams:
            if found.get(stream.session) == stream.organization_id:
                stream.proven_at = now
            else:
                stream.end()

    def _end_unproven(self, streams: Iterable[Stream]) -> None:
        now = asyncio.get_running_loop().time()
        for stream in streams:
            if now - stream.proven_at + self._patience.check > self._patience.proof:
                stream.end()

    async def _finish(self, send: Send, request: Request, status: HTTPStatus) -> None:
        body = b"" if status is HTTPStatus.OK else status.phrase.encode()
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
            headers.append((b"retry-after", b"30"))
        await self._start(send, request, status, headers)
        await send({"type": "http.response.body", "body": body})

    async def _start(
        self, send: Send, request: Request, status: HTTPStatus, headers: Iterable[Header]
    ) -> None:
        allowed: list[Header] = []
        if request.headers.get("origin") == self._settings.origin:
            allowed = [
                (b"access-control-allow-origin", self._settings.origin.encode()),
                (b"access-control-allow-credentials", b"true"),
            ]
        all_headers = [*_ALWAYS, *headers, *allowed]
        await send({"type": "http.response.start", "status": status, "headers": all_headers})


def _sessions_of(streams: Iterable[Stream]) -> list[bytes]:
    return list({stream.session for stream in streams})
