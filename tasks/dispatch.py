"""The tick of a shard: publish what is due, once, however many beats and dispatchers there are."""

import time
from collections.abc import Sequence

import structlog

from models.session import session_scope
from services import dispatch
from tasks.app import app
from tasks.deliveries import send
from tasks.publisher import publish

log = structlog.get_logger(__name__)

_PAUSE = 0.2
_last_tick: dict[int, float] = {}


# They would be most of what Flower sees, and of what it costs.
@app.task(name="dispatch.tick", ignore_result=True, send_events=False)
def tick(shards: Sequence[int]) -> None:
    """Give each shard its turn; what is wrong with one does not hold up the others."""
    for shard in shards:
        try:
            _turn(shard)
        except Exception:
            log.exception("tick_failed", shard=shard)


def _turn(shard: int) -> None:
    """Publish inside the transaction: a crash repeats messages and loses none."""
    if not _is_due(shard):
        return
    with session_scope() as session:
        claim = dispatch.claim(session, shard)
        if claim:
            publish(claim.due)
    for delivery_id in claim.deliveries if claim else ():
        send.delay(delivery_id)


def _is_due(shard: int) -> bool:
    """Let a pile of old ticks pass without asking the database.

    A tick that comes late must not keep the next one, which is on time, from being heeded.
    """
    now = time.monotonic()
    if now - _last_tick.get(shard, -_PAUSE) < _PAUSE:
        return False
    _last_tick[shard] = now
    return True
