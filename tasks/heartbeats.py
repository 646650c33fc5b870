"""The sweep of heartbeats whose expected ping did not arrive."""

import structlog

from models.session import database_now, session_scope
from services.heartbeats import sweep as heartbeat_sweep
from tasks.app import app
from tasks.deliveries import wake_committed

_MOST_ROUNDS = 50

log = structlog.get_logger(__name__)


@app.task(name="heartbeats.sweep", ignore_result=True, send_events=False)
def sweep() -> None:
    """Settle passed deadlines, some at a time; the next sweep handles the rest."""
    for _ in range(_MOST_ROUNDS):
        with session_scope() as session:
            more = heartbeat_sweep.sweep(session, now=database_now(session))
        wake_committed(session)
        if not more:
            return
    log.warning("heartbeats_left", rounds=_MOST_ROUNDS)
