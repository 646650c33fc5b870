"""The uptime of monitors: reads the spans; `domain` computes the times."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.report import History, Outage
from domain.analytics.uptime import Span, Uptime, uptime
from domain.evaluation.slots import FOREVER, TOLERANCE, next_slot
from domain.evaluation.state import Severity
from models import DispatchShard, Incident, Monitor, Schedule
from services.evaluation import blind_spans
from services.maintenance import active as active_maintenance
from services.time_range import Window


def of_monitor(session: Session, monitor: Monitor, window: Window, *, now: datetime) -> Uptime:
    """Return the seconds of the past part of the window, by the condition of the monitor."""
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
    """Return the history of monitors of an organization, with a constant number of queries."""
    ids = [monitor.id for monitor in monitors]
    until = min(window.end, now).timestamp()
    schedules = _schedules(session, ids, window)
    outages = _outages(session, organization_id, ids, window, now=now)
    unknown = _unknown(session, schedules, ids, window, until)
    planned = active_maintenance.spans_of(session, organization_id, ids, window)
    return {
        each: History(
            monitored=list(_watched(schedules[each], until)),
            outages=outages[each],
            unknown=unknown[each],
            maintenance=planned[each],
        )
        for each in ids
    }


def _schedules(
    session: Session, ids: Collection[int], window: Window
) -> Mapping[int, list[Schedule]]:
    found: dict[int, list[Schedule]] = defaultdict(list)
    for span in session.scalars(
        select(Schedule).where(
            Schedule.monitor_id.in_(ids),
            Schedule.until_slot > window.first_slot - blind_spans.LONGEST_INTERVAL,
            Schedule.from_slot < window.end_slot,
        )
    ):
        found[span.monitor_id].append(span)
    return found


def _watched(schedules: Sequence[Schedule], until: float) -> Iterator[Span]:
    """Yield each span from its first slot on: before it, the monitor was not monitored."""
    for span in schedules:
        first = next_slot(span.phase, span.interval_seconds, span.from_slot - 1)
        yield Span(first, min(span.until_slot, until))


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


def _unknown(
    session: Session,
    schedules: Mapping[int, Sequence[Schedule]],
    ids: Collection[int],
    window: Window,
    until: float,
) -> Mapping[int, Sequence[Span]]:
    """Return the unknown time: the blind spans, and the time since the dispatcher stalled."""
    noted = blind_spans.of(session, ids, start=window.start.timestamp(), end=until)
    stopped = _stopped_shards(session, until)
    return {
        each: [*noted.get(each, ()), *_not_dispatched(schedules[each], stopped, until)]
        for each in ids
    }


def _stopped_shards(session: Session, until: float) -> Mapping[int, int]:
    """Return the last dispatched second of the shards that are stalled."""
    rows = session.execute(
        select(DispatchShard.shard, DispatchShard.watermark).where(
            DispatchShard.watermark < until - TOLERANCE
        )
    )
    return dict(rows.all())


def _not_dispatched(
    schedules: Sequence[Schedule], stopped: Mapping[int, int], until: float
) -> Iterator[Span]:
    """Yield the time from the first slot that was not published."""
    for each in schedules:
        if each.until_slot == FOREVER and (watermark := stopped.get(each.shard)) is not None:
            low = max(watermark, each.from_slot - 1)
            yield Span(next_slot(each.phase, each.interval_seconds, low), until)
