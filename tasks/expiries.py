"""The sweep of expiring certificates and domains."""

import structlog

from models.session import database_now, session_scope
from services.warnings import expiries
from tasks.app import app

_MOST_ROUNDS = 50

log = structlog.get_logger(__name__)


@app.task(name="maintenance.expiries", ignore_result=True, send_events=False)
def sweep() -> None:
    """Notify what is due, some at a time; the next sweep handles the rest.

    The sweep of the outbox sends the messages: they are not urgent.
    """
    for _ in range(_MOST_ROUNDS):
        with session_scope() as session:
            more = expiries.sweep(session, now=database_now(session))
        if not more:
            return
    log.warning("expiries_left", rounds=_MOST_ROUNDS)
