"""The sweep of incidents: escalation steps, reminders and ended suppressions."""

from collections.abc import Callable

import structlog

from models.session import database_now, session_scope
from services.alerting import flapping
from services.alerting import sweep as alerting_sweep
from services.dependencies import inhibited_children
from tasks.app import app
from tasks.deliveries import wake_committed

_MOST_ROUNDS = 50

log = structlog.get_logger(__name__)


@app.task(name="alerting.sweep", ignore_result=True, send_events=False)
def sweep() -> None:
    """Notify what is due, some incidents at a time; the next sweep handles the rest.

    If the process is killed at any point, committed messages are in the outbox and the rest stays
    due.
    """
    with session_scope() as session:
        now = database_now(session)
        flapping.settle(session, now=now)
        is_any_held = inhibited_children.are_due(session, now=now)
    wake_committed(session)
    if is_any_held:
        _repeat(inhibited_children.keep)
        _repeat(inhibited_children.recheck_parents)
    for _ in range(_MOST_ROUNDS):
        with session_scope() as session:
            more = alerting_sweep.sweep(session, now=database_now(session))
        wake_committed(session)
        if not more:
            return
    log.warning("incidents_left", rounds=_MOST_ROUNDS)


def _repeat(work: Callable[..., bool]) -> None:
    """Repeat work, one transaction at a time, until none is left or `_MOST_ROUNDS` is reached."""
    for _ in range(_MOST_ROUNDS):
        with session_scope() as session:
            more = work(session, now=database_now(session))
        if not more:
            return
