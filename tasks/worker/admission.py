"""Admission: only signed and fresh messages of a queue are processed.

This runs before everything else: a refused message is not stored, run or logged.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from time import time
from typing import Any, NamedTuple

import structlog
from redis import Redis, RedisError

from security.messages.components import REPEATABLE
from security.messages.messages import HEADER, Reason, RefusedError, identity
from services.operations import replay_cache
from services.operations.telemetry import messages as message_telemetry
from tasks.worker.signing import messages

_REPLIES = ".reply.celery.pidbox"
"""Answers to `celery inspect` arrive on queues of the asking process, which hold no tasks."""

Message = dict[str, Any]


class Admitted(NamedTuple):
    """A message, and the text that it was parsed from."""

    text: bytes
    message: Message


log = structlog.get_logger(__name__)


def admit(items: Sequence[bytes], queue: str, redis: Redis) -> Sequence[Admitted]:
    """Return the admitted messages; the others are dropped, counted and logged.

    Raise what Redis raises if the replay cache cannot be read.
    """
    now = time()
    admitted: list[Admitted] = []
    refused: Counter[str] = Counter()
    for item in items:
        try:
            admitted.append(Admitted(item, _verified(item, queue, now)))
        except RefusedError as error:
            refused[error.reason.value] += 1
    fresh = _without_replays(admitted, redis)
    if len(fresh) < len(admitted):
        refused[Reason.REPLAYED.value] = len(admitted) - len(fresh)
    if refused:
        _notify(queue, refused, redis)
    return fresh


def leaves_record(headers: Mapping[str, Any]) -> bool:
    """Return whether an admitted message is added to the replay cache when it is finished."""
    return HEADER in headers and headers["task"] not in REPEATABLE


def _verified(item: bytes, queue: str, now: float) -> Message:
    try:
        # Plain JSON: kombu's decoder would build objects from unverified input.
        message: Message = json.loads(item.decode())
        headers, properties = message["headers"], message["properties"]
        properties["delivery_tag"] = str(properties["delivery_tag"])
        if queue.endswith(_REPLIES):
            headers.pop(HEADER, None)
        else:
            messages().verify(message, queue, now=now)
            # The queue and the redelivery are facts of this process, not of the message.
            properties["delivery_info"] = {"exchange": "", "routing_key": queue}
            headers.pop("redelivered", None)
    except RefusedError:
        raise
    except Exception as error:
        # Any other content of a queue must not stop its reader.
        raise RefusedError(Reason.MALFORMED) from error
    return message


def _without_replays(admitted: Sequence[Admitted], redis: Redis) -> Sequence[Admitted]:
    recorded = [each for each in admitted if leaves_record(each.message["headers"])]
    if not recorded:
        return admitted
    identities = [identity(each.message["headers"]) for each in recorded]
    finished = replay_cache.are_finished(redis, identities)
    replays = {id(each) for each, done in zip(recorded, finished, strict=True) if done}
    return [each for each in admitted if id(each) not in replays]


def _notify(queue: str, refused: Mapping[str, int], redis: Redis) -> None:
    log.warning("messages_refused", queue=queue, **refused)
    try:
        message_telemetry.count_refused(redis, refused)
    except RedisError as error:
        log.warning("redis_gone", error=type(error).__name__)
