"""The sweep of maintenance windows: writes their spans well ahead."""

import structlog

from models.session import database_now, session_scope
from services.maintenance import occurrences as maintenance_occurrences
from tasks.app import app

_MOST_ROUNDS = 20

log = structlog.get_logger(__name__)


@app.task(name="maintenance.windows", ignore_result=True, send_events=False)
def sweep() -> None:
    """Write spans ahead, some windows at a time; the next sweep handles the rest."""
    for _ in range(_MOST_ROUNDS):
        with session_scope() as session:
            more = maintenance_occurrences.sweep(session, now=database_now(session))
        if not more:
            return
    log.warning("maintenance_windows_left", rounds=_MOST_ROUNDS)
