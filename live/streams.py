"""One open stream: at most one hint waits for its reader, whatever happens meanwhile."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from domain.hints import Hint

COMMENT_SECONDS = 20.0
"""Silence after which a comment shows proxies and readers that the stream is alive."""

COMMENT = b":\n\n"
LOST = b"event: lost\ndata: {}\n\n"
"""Says that hints may be missed from now on."""


@dataclass(slots=True, eq=False)
class Stream:
    """The stream of a session. `proven_at` is when the session was last known to be valid."""

    organization_id: int
    session: bytes
    proven_at: float
    _hint: Hint | None = None
    _is_lost: bool = False
    _is_over: bool = False
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, hint: Hint) -> None:
        """Let the reader know of a change; one that waits already covers both."""
        self._hint = self._hint.merged(hint) if self._hint else hint
        self._is_lost = False
        self._ready.set()

    def lose(self) -> None:
        """Let the reader know that changes may go unnoticed, until the next hint."""
        self._is_lost = True
        self._ready.set()

    def end(self) -> None:
        self._is_over = True
        self._ready.set()

    async def next(self) -> bytes | None:
        """Return what to send next, or None if the stream is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(COMMENT_SECONDS):
                await self._ready.wait()
        self._ready.clear()
        if self._is_over:
            return None
        if self._is_lost:
            self._is_lost = False
            return LOST
        hint, self._hint = self._hint, None
        return written(hint) if hint else COMMENT


def written(hint: Hint) -> bytes:
    """Return a hint as an event of a stream."""
    return f"data: {hint.text()}\n\n".encode()
