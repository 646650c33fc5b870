"""Reads the versions that hints advance, one Redis command each (`domain/hints.py`)."""

import time

import structlog
from redis import Redis
from redis.exceptions import RedisError

from domain.hints import version_key

_AGAIN_SECONDS = 2.0
"""The seconds without an attempt after a failure, because each may take a second."""

log = structlog.get_logger(__name__)


class Versions:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._again_at = 0.0

    def of(self, organization_id: int) -> int | None:
        """Return the version, 0 if nothing has changed yet, or None while Redis fails."""
        if time.monotonic() < self._again_at:
            return None
        try:
            found = self._redis.get(version_key(organization_id))
        except RedisError as error:
            self._again_at = time.monotonic() + _AGAIN_SECONDS
            log.warning("versions_unknown", error=type(error).__name__)
            return None
        return int(found) if isinstance(found, bytes) else 0
