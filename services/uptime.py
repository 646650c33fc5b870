"""The uptime of monitors: reads what happened, and lets `domain` do the arithmetic."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain import heartbeat
from domain.analysis import History, Outage
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
    """Return the seconds of the window, as far as it is over, by what the monitor was."""
    found = histories(session, monitor.organization_id, [monitor], window, now=now)[monitor.id]
    return uptime(
        Span(window.start.timestamp(), min(window.end, now).timestamp()),
        monitored=found.monitored,
        down=[Span(each.start, each.end) for each in found.outages],
        unknown=found.unknown,
        maintenance=found.maintenance,
    )


def histories(
    session: Session,
    organization_id: int,
    monitors: Collection[Monitor],
    window: Window,
    *,
    now: datetime,
) -> dict[int, History]:
    """Return what happened to monitors of an organization, in as many queries whatever their number."""
    ids = [monitor.id for monitor in monitors]
    until = min(window.end, now).timestamp()
    schedules = _schedules(session, ids, window)
    outages = _outages(session, organization_id, ids, window, now=now)
    unseen = _unseen(session, monitors, schedules, window)
    planned = maintenance.spans_of(session, organization_id, ids, window)
    return {
        each: History(
            monitored=list(_watched(schedules[each], until)),
            outages=outages[each],
            unknown=unseen[each],
            maintenance=planned[each],
        )
        for each in ids
    }


def _schedules(
    session: Session, ids: Collection[int], window: Window
) -> Mapping[int, list[Schedule]]:
    found: dict[int, list[Schedule]] = defaultdict(list)
    for stretch in session.scalars(
        select(Schedule).where(
            Schedule.monitor_id.in_(ids),
            Schedule.until_slot > window.first_slot - _LONGEST_INTERVAL,
            Schedule.from_slot < window.end_slot,
        )
    ):
        found[stretch.monitor_id].append(stretch)
    return found


def _watched(schedules: Sequence[Schedule], until: float) -> Iterator[Span]:
    """Each stretch counts from its first slot on: before, nobody had looked yet."""
    for stretch in schedules:
        first = next_slot(stretch.phase, stretch.interval_seconds, stretch.from_slot - 1)
        yield Span(first, min(stretch.until_slot, until))


def _outages(
    session: Session,
    organization_id: int,
    ids: Collection[int],
    window: Window,
    *,
    now: datetime,
) -> Mapping[int, list[Outage]]:
    incidents = session.execute(
        select(Incident.monitor_id, Incident.started_at, Incident.ended_at).where(
            Incident.monitor_id.in_(ids),
            Incident.organization_id == organization_id,
            Incident.severity == Severity.DOWN,
            Incident.started_at < window.end,
            Incident.ended_at.is_(None) | (Incident.ended_at > window.start),
        )
    )
    found: dict[int, list[Outage]] = defaultdict(list)
    for monitor_id, started_at, ended_at in incidents:
        end = (ended_at or now).timestamp()
        found[monitor_id].append(Outage(started_at.timestamp(), end, ended_at is not None))
    return found


def _unseen(
    session: Session,
    monitors: Collection[Monitor],
    schedules: Mapping[int, Sequence[Schedule]],
    window: Window,
) -> Mapping[int, list[Span]]:
    """Take the time from an unknown check to the next one, or until that is due, as unknown.

    A check is unknown if no region could tell.
    """
    pinged = any(monitor.kind == heartbeat.KIND for monitor in monitors)
    longest = _LONGEST_SILENCE if pinged else _LONGEST_INTERVAL
    following = func.lead(CheckResult.slot).over(
        partition_by=CheckResult.monitor_id, order_by=CheckResult.slot
    )
    blind = func.bool_and(CheckResult.outcome == Outcome.UNKNOWN).label("blind")
    rows = (
        select(CheckResult.monitor_id, CheckResult.slot, blind, following.label("following"))
        .where(
            CheckResult.monitor_id.in_([monitor.id for monitor in monitors]),
            CheckResult.slot >= window.first_slot - longest,
            CheckResult.slot < window.end_slot,
        )
        .group_by(CheckResult.monitor_id, CheckResult.slot)
        .subquery()
    )
    found: dict[int, list[Span]] = defaultdict(list)
    unknown = select(rows.c.monitor_id, rows.c.slot, rows.c.following).where(rows.c.blind)
    for monitor_id, slot, next_row in session.execute(unknown):
        end = next_row or slot + _interval_at(schedules.get(monitor_id, ()), slot)
        found[monitor_id].append(Span(slot, end))
    return found


def _interval_at(schedules: Sequence[Schedule], slot: int) -> int:
    """Return the interval at a slot; a check that a user asked for may lie outside of all."""
    return next(
        (
            stretch.interval_seconds
            for stretch in schedules
            if stretch.from_slot <= slot < stretch.until_slot
        ),
        0,
    )
