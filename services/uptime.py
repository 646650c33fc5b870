"""The uptime of a monitor: reads what happened, and lets `domain.uptime` do the arithmetic."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import heartbeat
from domain.outcome import Outcome
from domain.slots import next_slot
from domain.state import Severity
from domain.uptime import Span, Uptime, uptime
from models import CheckResult, Incident, Monitor, Schedule
from services import maintenance
from services.windows import Window

_LONGEST_INTERVAL = 86_400
_LONGEST_SILENCE = 400 * 86_400
"""How far back the result may be that a heartbeat's state still rests on."""


def of_monitor(session: Session, monitor: Monitor, window: Window, *, now: datetime) -> Uptime:
    span = Span(window.start.timestamp(), min(window.end, now).timestamp())
    schedules = _schedules(session, monitor, window)
    return uptime(
        span,
        monitored=list(_watched(schedules, span)),
        down=list(_outages(session, monitor, window, now=now)),
        unknown=list(_unseen(session, monitor, schedules, window)),
        maintenance=maintenance.spans_of(session, monitor, window),
    )


def _schedules(session: Session, monitor: Monitor, window: Window) -> list[Schedule]:
    return list(
        session.scalars(
            select(Schedule).where(
                Schedule.monitor_id == monitor.id,
                Schedule.until_slot > window.first_slot - _LONGEST_INTERVAL,
                Schedule.from_slot < window.end_slot,
            )
        )
    )


def _watched(schedules: list[Schedule], span: Span) -> Iterator[Span]:
    """Each stretch counts from its first slot on: before, nobody had looked yet."""
    for stretch in schedules:
        first = next_slot(stretch.phase, stretch.interval_seconds, stretch.from_slot - 1)
        yield Span(first, min(stretch.until_slot, span.end))


def _outages(
    session: Session, monitor: Monitor, window: Window, *, now: datetime
) -> Iterator[Span]:
    incidents = session.execute(
        select(Incident.started_at, Incident.ended_at).where(
            Incident.monitor_id == monitor.id,
            Incident.organization_id == monitor.organization_id,
            Incident.severity == Severity.DOWN,
            Incident.started_at < window.end,
            Incident.ended_at.is_(None) | (Incident.ended_at > window.start),
        )
    )
    for started_at, ended_at in incidents:
        yield Span(started_at.timestamp(), (ended_at or now).timestamp())


def _unseen(
    session: Session, monitor: Monitor, schedules: list[Schedule], window: Window
) -> Iterator[Span]:
    """Take the time from an unknown check to the next one, or until that is due, as unknown.

    A check is unknown if no region could tell.
    """
    longest = _LONGEST_SILENCE if monitor.kind == heartbeat.KIND else _LONGEST_INTERVAL
    following = func.lead(CheckResult.slot).over(order_by=CheckResult.slot).label("following")
    blind = func.bool_and(CheckResult.outcome == Outcome.UNKNOWN).label("blind")
    rows = (
        select(CheckResult.slot, blind, following)
        .where(
            CheckResult.monitor_id == monitor.id,
            CheckResult.slot >= window.first_slot - longest,
            CheckResult.slot < window.end_slot,
        )
        .group_by(CheckResult.slot)
        .subquery()
    )
    unknown = select(rows.c.slot, rows.c.following).where(rows.c.blind)
    for slot, next_row in session.execute(unknown):
        yield Span(slot, next_row or slot + _interval_at(schedules, slot))


def _interval_at(schedules: list[Schedule], slot: int) -> int:
    """Return the interval at a slot; a check that a user asked for may lie outside of all."""
    return next(
        (
            stretch.interval_seconds
            for stretch in schedules
            if stretch.from_slot <= slot < stretch.until_slot
        ),
        0,
    )
