"""The sweep of heartbeats: what was expected and did not come."""

import structlog

from models.session import database_now, session_scope
from services.heartbeats import sweep as heartbeat_sweep
from tasks.app import app
from tasks.deliveries import send

_MOST_ROUNDS = 50

log = structlog.get_logger(__name__)


@app.task(name="heartbeats.sweep", ignore_result=True, send_events=False)
def sweep() -> None:
    """Settle passed deadlines, some at a time; what is left after many rounds is the next sweep's."""
    for _ in range(_MOST_ROUNDS):
        with session_scope() as session:
            swept = heartbeat_sweep.sweep(session, now=database_now(session))
        for delivery_id in swept.deliveries:
            send.delay(delivery_id)
        if not swept.more:
            return
    log.warning("heartbeats_left", rounds=_MOST_ROUNDS)
