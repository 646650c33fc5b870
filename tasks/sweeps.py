"""The sweeps: each finds due rows in the database and handles some of them at a time.

If a sweep is killed at any point, committed messages are in the outbox and the rest stays due. The
next sweep handles what is left after many rounds.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from models.session import database_now, session_scope
from services.alerting import flapping
from services.alerting import sweep as alerting_sweep
from services.dependencies import inhibited_children
from services.heartbeats import sweep as heartbeat_sweep
from services.maintenance import edges as maintenance_edges
from services.maintenance import occurrences as maintenance_occurrences
from services.monitors.plan import pauses as plan_pauses
from services.rollups import sweep as rollup_sweep
from services.subscriptions import failing as failing_subscriptions
from services.usage import metering
from services.warnings import expiries, slo_burn
from tasks.app import app
from tasks.deliveries import wake_committed
from tasks.hints import publish_committed

_MOST_ROUNDS = 50
_EDGES_LOOKED_BACK = timedelta(seconds=10)

_edges_seen: dict[str, datetime] = {}

log = structlog.get_logger(__name__)


@app.task(name="alerting.sweep", ignore_result=True, send_events=False)
def sweep_incidents() -> None:
    """Take the due steps of incidents: escalation, reminders, the end of a suppression."""
    with session_scope() as session:
        now = database_now(session)
        flapping.settle(session, now=now)
        is_any_inhibited = inhibited_children.are_due(session, now=now)
        _note_edges(session, now)
    wake_committed(session)
    publish_committed(session)
    if is_any_inhibited:
        _repeat(inhibited_children.keep)
        _repeat(inhibited_children.recheck_parents)
    _repeat(alerting_sweep.sweep, wakes=True, left="incidents_left")


@app.task(name="heartbeats.sweep", ignore_result=True, send_events=False)
def sweep_heartbeats() -> None:
    """Settle the heartbeats whose deadline passed."""
    _repeat(heartbeat_sweep.sweep, wakes=True, left="heartbeats_left")


@app.task(name="housekeeping.maintenance_windows", ignore_result=True, send_events=False)
def sweep_maintenance_windows() -> None:
    """Write the spans of maintenance windows well ahead."""
    _repeat(maintenance_occurrences.sweep, left="maintenance_windows_left")


@app.task(name="housekeeping.expiries", ignore_result=True, send_events=False)
def sweep_expiries() -> None:
    """Notify of expiring certificates and domains; the sweep of the outbox sends the messages."""
    _repeat(expiries.sweep, left="expiries_left")


@app.task(name="housekeeping.burn_rates", ignore_result=True, send_events=False)
def sweep_burn_rates() -> None:
    """Notify of high burn rates of error budgets; the sweep of the outbox sends the messages."""
    after: slo_burn.After | None = slo_burn.FIRST
    while after is not None:
        with session_scope() as session:
            after = slo_burn.sweep(session, now=database_now(session), after=after)
        publish_committed(session)


@app.task(name="housekeeping.rollups", ignore_result=True, send_events=False)
def sweep_rollups() -> None:
    """Roll up the hours that are over, and again those that got a late row."""
    _repeat(rollup_sweep.sweep)


@app.task(name="housekeeping.plan_pauses", ignore_result=True, send_events=False)
def sweep_plan_pauses() -> None:
    """Pause the monitors that are beyond a plan, and resume those that fit in again."""
    after: int | None = 0
    while after is not None:
        with session_scope() as session:
            after = plan_pauses.sweep(session, now=database_now(session), after=after)
        publish_committed(session)


@app.task(name="housekeeping.metering", ignore_result=True, send_events=False)
def meter_usage() -> None:
    """Write the usage of the hours that are over."""
    _repeat(metering.sweep)


@app.task(name="housekeeping.subscriptions", ignore_result=True)
def disable_failing_subscriptions() -> None:
    """Disable the event subscriptions that failed for a week, and notify their owners."""
    with session_scope() as session:
        failing_subscriptions.disable(session, now=database_now(session))
    publish_committed(session)


def _note_edges(session: Session, now: datetime) -> None:
    """Note where maintenance began or ended since this process looked last; others may, too."""
    since = max(_edges_seen.get("until", now - _EDGES_LOOKED_BACK), now - 2 * _EDGES_LOOKED_BACK)
    maintenance_edges.note(session, since=since, now=now)
    _edges_seen["until"] = now


def _repeat(work: Callable[..., bool], *, wakes: bool = False, left: str = "") -> None:
    """Repeat some work, each time in its own transaction, until it returns that no more is left.

    With `wakes`, each commit wakes relays at once, without waiting for the sweep of the outbox.
    After `_MOST_ROUNDS` the rest is left, which is logged under the name `left`.
    """
    for _ in range(_MOST_ROUNDS):
        with session_scope() as session:
            more = work(session, now=database_now(session))
        if wakes:
            wake_committed(session)
        publish_committed(session)
        if not more:
            return
    if left:
        log.warning(left, rounds=_MOST_ROUNDS)
