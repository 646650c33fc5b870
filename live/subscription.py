"""Hears the hints of all organizations from Redis, and makes up for those that are missing.

Those that it missed are made up for when it listens again. Others were never published: a process
was killed after its commit, or Redis did not take them. So each page fetches itself once a minute,
and soon after Redis is back.
"""

import asyncio
import logging
import time
from contextlib import suppress
from itertools import count

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from domain import hints
from domain.hints import Hint
from live.hub import Hub

_AGAIN_SECONDS = 0.5
LOST_SECONDS = 3.0
"""The time without Redis after which readers learn of it; a restart takes less."""
_AT_ONCE = 500
_TURNS = 60
_HURRIED_TURN_SECONDS = 0.1
_CONNECTIONS = 4

log = logging.getLogger(__name__)


class Subscription:
    def __init__(self, redis: Redis, hub: Hub) -> None:
        self._redis, self._hub = redis, hub
        # All readers come at once after a restart, and connections are few.
        self._turns = asyncio.Semaphore(_CONNECTIONS)
        self._lost_at: float | None = None
        self._is_reported = False
        self._returned = asyncio.Event()
        self._hurried = 0

    async def run(self) -> None:
        """Listen for ever; an error only interrupts it."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                self._note_loss(type(error).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def renew(self, every_seconds: float = hints.RENEWED_SECONDS) -> None:
        """Let each page fetch itself so often, for ever. Organizations take turns."""
        for number in count():
            await self._turn(every_seconds / _TURNS)
            # A hint would tell readers that Redis is back.
            if not self._is_reported:
                turn = number % _TURNS
                for organization_id in list(self._hub.organizations):
                    if organization_id % _TURNS == turn:
                        self._hub.publish(organization_id, hints.renewal(time.time()))

    async def version_of(self, organization_id: int) -> Hint | None:
        """Return a hint with the current version, or None while Redis fails."""
        async with self._turns:
            try:
                return _hint(await self._redis.get(hints.version_key(organization_id)))
            except (RedisError, OSError):
                return None

    async def _listen(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.psubscribe(hints.PATTERN)
            # After this, whatever is published is heard.
            await pubsub.get_message(ignore_subscribe_messages=False, timeout=5)
            await self._catch_up()
            self._note_return()
            await self._pass_on(pubsub)

    async def _pass_on(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=5)
            if message is None:
                continue
            organization_id = hints.organization_of(message["channel"].decode())
            if organization_id is None or organization_id not in self._hub.organizations:
                continue
            try:
                self._hub.publish(organization_id, hints.parse(message["data"]))
            except ValueError:
                log.warning("hint_malformed")

    async def _catch_up(self) -> None:
        waiting = list(self._hub.organizations)
        for start in range(0, len(waiting), _AT_ONCE):
            some = waiting[start : start + _AT_ONCE]
            versions = await self._redis.mget([hints.version_key(each) for each in some])
            for organization_id, version in zip(some, versions, strict=True):
                self._hub.publish(organization_id, _hint(version))

    def _note_loss(self, reason: str) -> None:
        now = asyncio.get_running_loop().time()
        if self._lost_at is None:
            self._lost_at = now
            log.warning("hints_lost: %s", reason)
        elif not self._is_reported and now - self._lost_at >= LOST_SECONDS:
            self._is_reported = True
            self._hub.lose()

    async def _turn(self, seconds: float) -> None:
        """Wait for the next turn. They follow fast for one round after Redis was away."""
        if self._hurried:
            self._hurried -= 1
            await asyncio.sleep(_HURRIED_TURN_SECONDS)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._returned.wait()
        self._returned.clear()

    def _note_return(self) -> None:
        if self._lost_at is not None:
            log.warning("hints_return")
            self._hurried = _TURNS
            self._returned.set()
        self._lost_at, self._is_reported = None, False


def client(url: str) -> Redis:
    """Return a client that notices a dead server, and leaves repetition to its caller."""
    return Redis.from_url(
        url,
        socket_connect_timeout=2,
        health_check_interval=10,
        retry=Retry(NoBackoff(), 0),
    )


def _hint(version: bytes | str | None) -> Hint:
    return Hint(int(version or 0))
