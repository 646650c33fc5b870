"""Reads the versions that hints advance, one Redis command each (`domain/hints.py`)."""

import time
from dataclasses import dataclass

import structlog
from redis import Redis
from redis.exceptions import RedisError

from domain.hints import edits_key, version_key

_AGAIN_SECONDS = 2.0
"""The seconds without an attempt after a failure, because each may take a second."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Version:
    """The version of all that an organization sees, and of what was edited; 0 if nothing has been.

    `losses` is how often this process has lost Redis, because hints may be missing after that.
    """

    number: int
    edits: int
    losses: int


class Versions:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._again_at = 0.0
        self._losses = 0

    def of(self, organization_id: int) -> Version | None:
        """Return the version, or None while Redis fails."""
        if time.monotonic() < self._again_at:
            return None
        try:
            keys = (version_key(organization_id), edits_key(organization_id))
            found = self._redis.mget(keys)
        except RedisError as error:
            self._again_at = time.monotonic() + _AGAIN_SECONDS
            self._losses += 1
            log.warning("versions_unknown", error=type(error).__name__)
            return None
        number, edits = (int(each or 0) for each in found)
        return Version(number, edits, self._losses)
