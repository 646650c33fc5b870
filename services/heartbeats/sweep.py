"""Settles passed deadlines: late, or unknown if the API could not receive pings.

A ping that arrives before the sweep sees its deadline counts as in time.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from pydantic import ValidationError
from sqlalchemy import Row, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Expectation, could_hear
from domain.evaluation.outcome import Cause, Outcome
from models import Heartbeat, Monitor, MonitorState
from probes.base import ProbeResult
from services import locks
from services.heartbeats import heartbeats, receiver_uptime
from services.locks import Lock

MOST = 200
"""The most heartbeats of one sweep, so that its transaction stays short."""


log = structlog.get_logger(__name__)


def sweep(session: Session, *, now: datetime, limit: int = MOST) -> bool:
    """Settle passed deadlines, unless another sweep is running. Safe to repeat at any time.

    Return whether there may be more.
    """
    if not locks.try_take(session, Lock.HEARTBEAT_SWEEP):
        return False
    # Deadlines wait until it is known whether the API could receive the ping.
    due = _due(session, until=receiver_uptime.known_until(session, now=now), limit=limit)
    for monitor, state, heartbeat in due:
        _settle_alone(session, monitor, state, heartbeat, now=now)
    return len(due) == limit


def _due(
    session: Session, *, until: datetime, limit: int
) -> Sequence[Row[Monitor, MonitorState, Heartbeat]]:
    """Lock the heartbeats whose deadline passed, except those that a ping or a user has locked."""
    rows = session.execute(
        select(Monitor, MonitorState, Heartbeat)
        .join(MonitorState, MonitorState.monitor_id == Monitor.id)
        .join(Heartbeat, Heartbeat.monitor_id == Monitor.id)
        .where(Heartbeat.deadline_at <= until)
        .order_by(Heartbeat.monitor_id)
        .limit(limit)
        .with_for_update(of=(MonitorState, Heartbeat), key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return rows.all()


def _settle_alone(
    session: Session, monitor: Monitor, state: MonitorState, heartbeat: Heartbeat, *, now: datetime
) -> None:
    """Settle one in a savepoint, so that its errors do not affect the others.

    The next sweep tries it again.
    """
    monitor_id = monitor.id
    try:
        with session.begin_nested():
            _settle(session, monitor, state, heartbeat, now=now)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        log.exception("heartbeat_not_settled", monitor_id=monitor_id)


def _settle(
    session: Session,
    monitor: Monitor,
    state: MonitorState,
    heartbeat: Heartbeat,
    *,
    now: datetime,
) -> None:
    """Record one passed deadline at its own time, and set the next expected ping."""
    missed = heartbeats.expectation(heartbeat)
    if missed is None:
        return
    try:
        settings = heartbeats.settings_of(monitor)
        listened = receiver_uptime.spans(session, start=missed.earliest, end=missed.deadline_at)
        heard = could_hear(missed, listened, heard_at=_heard_at(heartbeat))
        following = settings.after(missed.expected_at if heard else now)
    except (ValidationError, ValueError):
        # Settings that this version cannot read must not keep the others from being settled.
        log.exception("heartbeat_unreadable", monitor_id=monitor.id)
        heartbeats.set_expectation(heartbeat, None)
        result = _UNREADABLE
    else:
        heartbeats.set_expectation(heartbeat, following)
        result = _late(heartbeat, missed) if heard else _RECEIVER_DOWN
    heartbeats.book(session, monitor, state, missed.deadline_at, result, now=now)


_RECEIVER_DOWN = ProbeResult(
    outcome=Outcome.UNKNOWN,
    cause=Cause.STALLED,
    detail="This service could not receive pings for a while. The expected one may have been lost.",
)
_UNREADABLE = ProbeResult(
    outcome=Outcome.UNKNOWN,
    cause=Cause.INTERNAL,
    detail="The settings of this heartbeat could not be read. Save them again.",
)


def _heard_at(heartbeat: Heartbeat) -> datetime | None:
    signs = [sign for sign in (heartbeat.last_ping_at, heartbeat.started_at) if sign]
    return max(signs, default=None)


def _late(heartbeat: Heartbeat, missed: Expectation) -> ProbeResult:
    deadline = heartbeats.moment_in_words(missed.deadline_at)
    if missed.expected_at == heartbeat.started_at:
        began = heartbeats.moment_in_words(missed.expected_at)
        detail = f"The run that started at {began} did not end by {deadline}."
    elif heartbeat.last_ping_at is not None:
        last = heartbeats.moment_in_words(heartbeat.last_ping_at)
        detail = f"No ping since {last}, expected by {deadline}."
    else:
        detail = f"No ping reported the end of a run, expected by {deadline}."
    return ProbeResult(outcome=Outcome.DOWN, cause=Cause.LATE, detail=detail)
