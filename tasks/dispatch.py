"""The tick of some shards: publishes due checks once, for any number of beats and dispatchers."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from celery import Task

from models.session import session_scope
from models.transient_errors import may_pass
from services.checks import dispatch
from tasks.app import app
from tasks.deliveries import wake_committed
from tasks.hints import publish_committed
from tasks.worker import failures, redis_client
from tasks.worker.publisher import publish

log = structlog.get_logger(__name__)

_PAUSE = 0.2
_last_tick: dict[int, float] = {}


class SampledTick(Task):  # type: ignore[type-arg] # the class at run time takes no parameters
    """A task of which a sample sends events."""

    Request = "tasks.worker.task_events:SampledRequest"


# With `send_events`, Celery would send events of every tick.
@app.task(name="dispatch.tick", base=SampledTick, ignore_result=True, send_events=False)
def tick(shards: Sequence[int]) -> None:
    """Dispatch the shards in one transaction; if that fails, each in its own.

    So an error of one shard delays the others for no longer than that.
    """
    due = [shard for shard in shards if _is_due(shard)]
    error = _try(due)
    if error and not failures.is_unreachable(error):
        for shard in due:
            _try([shard])


def _try(shards: Sequence[int]) -> Exception | None:
    """Dispatch the shards and return the error, if there was one."""
    try:
        _turn(shards)
    except Exception as error:
        if redis_client.is_unreachable(error):
            log.warning("redis_gone", error=type(error).__name__)
        elif not may_pass(error):
            log.exception("tick_failed", shards=shards)
        return error
    return None


def _turn(shards: Sequence[int]) -> None:
    """Publish inside the transaction: a crash repeats messages and loses none."""
    if not shards:
        return
    with session_scope() as session:
        claim = dispatch.claim(session, *shards)
        if claim:
            publish(claim.due)
    if not claim:
        return
    for stall in claim.stalls:
        log.warning(
            "dispatch_stalled",
            since=datetime.fromtimestamp(stall.start, UTC).isoformat(),
            seconds=stall.seconds,
            missed=stall.missed,
        )
    wake_committed(session)
    publish_committed(session)


def _is_due(shard: int) -> bool:
    """Return whether to handle the tick; a backlog of old ticks is skipped without a query.

    A late tick must not suppress the next one, which is on time.
    """
    now = time.monotonic()
    if now - _last_tick.get(shard, -_PAUSE) < _PAUSE:
        return False
    _last_tick[shard] = now
    return True
