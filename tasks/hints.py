"""Publishes hints to open pages, after the commit of the change that they tell of.

Nothing depends on them. So they never raise, and while Redis fails they are left out.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from config.stall import Stall
from domain.hints import Hint, channel, edits_key, version_key
from services.after_commit import hints
from services.after_commit.hints import Hints
from tasks.worker.redis_client import redis_client

_AGAIN_SECONDS = 5.0
"""The seconds without an attempt after a failure, because each may take two seconds."""


@dataclass(slots=True)
class Publisher:
    """Publishes through a client. One instance serves all threads of a process."""

    client: Callable[[], Redis]
    _stall: Stall = field(default_factory=lambda: Stall("hints"))
    _again_at: float = 0.0

    def publish(self, changed: Hints) -> None:
        """Publish a hint to each of these organizations. It costs nothing if there are none."""
        if not changed or time.monotonic() < self._again_at:
            return
        try:
            _publish(self.client(), changed)
        except RedisError as error:
            self._again_at = time.monotonic() + _AGAIN_SECONDS
            self._stall.failed(type(error).__name__)
        else:
            self._stall.worked()


_publisher = Publisher(redis_client)


def publish(changed: Hints) -> None:
    """Publish hints through the client of this process."""
    _publisher.publish(changed)


def publish_committed(session: Session) -> None:
    """Publish the hints that this session noted and committed."""
    publish(hints.take(session))


def _publish(redis: Redis, changed: Hints) -> None:
    organizations = sorted(changed)
    edited = [each for each in organizations if hints.EDIT in changed[each]]
    # Edits first: a page that knows of the new version of everything then knows of them, too.
    _advance(redis, [edits_key(each) for each in edited])
    versions = _advance(redis, [version_key(each) for each in organizations])
    with redis.pipeline(transaction=False) as pipe:
        for organization_id, version in zip(organizations, versions, strict=True):
            hint = Hint(version, changed[organization_id] - {hints.EDIT})
            pipe.publish(channel(organization_id), hint.text())
        pipe.execute()


def _advance(redis: Redis, keys: Sequence[str]) -> Sequence[int]:
    with redis.pipeline(transaction=False) as pipe:
        for key in keys:
            pipe.incr(key)
        versions: list[int] = pipe.execute()
    new = [place for place, version in enumerate(versions) if version == 1]
    for place in new:
        # Redis may have been emptied. A version that was used before would pass for unchanged.
        base = time.time_ns() // 1_000
        versions[place] = redis.incrby(keys[place], base)
    return versions
