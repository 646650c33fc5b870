"""The uptime of monitors: reads the spans; `domain` computes the times."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from domain.analytics.report import History, Outage
from domain.analytics.uptime import Span, Uptime, uptime
from domain.evaluation.slots import FOREVER, TOLERANCE, next_slot
from domain.evaluation.state import Severity
from models import DispatchShard, Incident, Monitor, Schedule
from services.errors import Invalid
from services.evaluation import blind_spans
from services.maintenance import active as active_maintenance
from services.pg_arrays import any_of, numbers_of
from services.time_range import Window

_Ids: TypeAlias = Collection[int] | Select[int]
"""The keys of monitors, or the query that selects them: thousands are not sent back and forth."""


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
    events = _events(session, organization_id, ids, window, now=now)
    schedules: dict[int, list[_Schedule]] = defaultdict(list)
    for each in _schedules(session, ids, window):
        schedules[each.monitor_id].append(each)
    return {key: events.history(key, schedules.get(key, ())) for key in ids}


MOST_EVENTS = 200_000
"""The most outages and blind spans that one request may read."""


@dataclass(frozen=True, slots=True)
class Organization:
    """The histories of monitors that had any event around a window.

    `quiet` is the monitored time of all others: mostly that of the whole window, again and again.
    """

    histories: Mapping[int, History]
    quiet: Sequence[Span]


def of_organization(
    session: Session,
    organization_id: int,
    window: Window,
    *,
    now: datetime,
    most: int = MOST_EVENTS,
) -> Organization:
    """Return the histories of the present monitors, with a constant number of queries.

    Raise `Invalid` if there are more than `most` outages and blind spans in the window.
    """
    present = select(Monitor.id).where(
        Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
    )
    _refuse_too_much(session, organization_id, present, window, most)
    events = _events(session, organization_id, present, window, now=now)
    eventful = {*events.outages, *events.unknown, *events.planned}
    rows, others = _schedules_apart(session, present, window, eventful, events.stopped)
    schedules: dict[int, list[_Schedule]] = defaultdict(list)
    quiet = [Span(window.start.timestamp(), events.until)] * others
    for each in rows:
        if each.monitor_id in eventful or each.shard in events.stopped:
            schedules[each.monitor_id].append(each)
        else:
            quiet.append(events.monitored(each))
    return Organization(
        histories={key: events.history(key, of_key) for key, of_key in schedules.items()},
        quiet=quiet,
    )


def degraded(
    session: Session,
    organization_id: int,
    monitors: Collection[Monitor],
    window: Window,
    *,
    now: datetime,
) -> Mapping[int, Sequence[Span]]:
    """Return when incidents with this severity were open, by monitor."""
    ids = [monitor.id for monitor in monitors]
    found = _outages(session, organization_id, ids, window, now=now, severity=Severity.DEGRADED)
    return {key: [Span(each.start, each.end) for each in spans] for key, spans in found.items()}


def _refuse_too_much(
    session: Session, organization_id: int, ids: Select[int], window: Window, most: int
) -> None:
    rows = union_all(
        select(literal(1)).where(*_incident(organization_id, ids, window, Severity.DOWN)),
        select(literal(1)).where(
            *blind_spans.touching(ids, window.start.timestamp(), window.end.timestamp())
        ),
    ).limit(most + 1)
    events = session.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
    if events > most:
        problem = (
            f"The monitors have more than {most:,} outages and unknown spans in this time"
            " and the one before. Ask for less time, or by monitor."
        )
        raise Invalid({"from": [problem]})


class _Schedule(NamedTuple):
    """The columns of a `Schedule` that matter here."""

    monitor_id: int
    from_slot: int
    until_slot: int
    interval_seconds: int
    phase: int
    shard: int


@dataclass(frozen=True, slots=True)
class _Events:
    """All spans of some monitors around a window, each by monitor, and the shards that stalled."""

    outages: Mapping[int, Sequence[Outage]]
    unknown: Mapping[int, Sequence[Span]]
    planned: Mapping[int, Sequence[Span]]
    stopped: Mapping[int, int]
    until: float

    def history(self, monitor_id: int, schedules: Sequence[_Schedule]) -> History:
        unknown = self.unknown.get(monitor_id, ())
        if self.stopped:
            unknown = [*unknown, *_not_dispatched(schedules, self.stopped, self.until)]
        return History(
            monitored=[self.monitored(each) for each in schedules],
            outages=self.outages.get(monitor_id, ()),
            unknown=unknown,
            maintenance=self.planned.get(monitor_id, ()),
        )

    def monitored(self, schedule: _Schedule) -> Span:
        """Return the span from its first slot on: before it, the monitor was not monitored."""
        first = next_slot(schedule.phase, schedule.interval_seconds, schedule.from_slot - 1)
        return Span(first, min(schedule.until_slot, self.until))


def _events(
    session: Session, organization_id: int, ids: _Ids, window: Window, *, now: datetime
) -> _Events:
    until = min(window.end, now).timestamp()
    return _Events(
        outages=_outages(session, organization_id, ids, window, now=now),
        unknown=blind_spans.of(session, ids, start=window.start.timestamp(), end=until),
        planned=active_maintenance.spans_of(session, organization_id, ids, window),
        stopped=_stopped_shards(session, until),
        until=until,
    )


_COLUMNS = [getattr(Schedule, name) for name in _Schedule._fields]


def _schedules(session: Session, ids: Collection[int], window: Window) -> Iterator[_Schedule]:
    rows = session.execute(select(*_COLUMNS).where(*_around(ids, window)))
    return map(_Schedule._make, rows)


def _schedules_apart(
    session: Session,
    present: Select[int],
    window: Window,
    eventful: Collection[int],
    stopped: Collection[int],
) -> tuple[Iterator[_Schedule], int]:
    """Return the schedules around the window, and the number of those that are left out.

    These cover the whole window, and there is nothing else to tell of their monitors. They are
    almost all, so that a row of each takes far longer than everything else.
    """
    apart = or_(
        any_of(Schedule.monitor_id.expression, eventful),
        Schedule.shard.in_(stopped),
        Schedule.until_slot < window.end_slot,
        # Its first slot may come that long after its start.
        Schedule.from_slot + Schedule.interval_seconds > window.first_slot,
    )
    # The offset lets Postgres decide once for each row, not once for each array.
    rows = select(*_COLUMNS, apart.label("apart")).where(*_around(present, window)).offset(0)
    *columns, is_apart = rows.subquery().c
    arrays = (cast(func.array_agg(each).filter(is_apart), Text) for each in columns)
    *numbers, others = session.execute(select(*arrays, func.count().filter(not_(is_apart)))).one()
    return map(_Schedule._make, zip(*map(numbers_of, numbers), strict=True)), others


def _around(ids: _Ids, window: Window) -> tuple[ColumnElement[bool], ...]:
    return (
        Schedule.monitor_id.in_(ids),
        Schedule.until_slot >= window.first_slot,
        Schedule.from_slot < window.end_slot,
    )


def _outages(
    session: Session,
    organization_id: int,
    ids: _Ids,
    window: Window,
    *,
    now: datetime,
    severity: Severity = Severity.DOWN,
) -> Mapping[int, list[Outage]]:
    incidents = session.execute(
        select(Incident.monitor_id, Incident.started_at, Incident.ended_at).where(
            *_incident(organization_id, ids, window, severity)
        )
    )
    found: dict[int, list[Outage]] = defaultdict(list)
    for monitor_id, started_at, ended_at in incidents:
        end = (ended_at or now).timestamp()
        found[monitor_id].append(Outage(started_at.timestamp(), end, ended_at is not None))
    return found


def _incident(
    organization_id: int, ids: _Ids, window: Window, severity: Severity
) -> tuple[ColumnElement[bool], ...]:
    return (
        Incident.monitor_id.in_(ids),
        Incident.organization_id == organization_id,
        Incident.severity == severity,
        Incident.started_at < window.end,
        Incident.ended_at.is_(None) | (Incident.ended_at > window.start),
    )


def _stopped_shards(session: Session, until: float) -> Mapping[int, int]:
    """Return the last dispatched second of the shards that are stalled."""
    rows = session.execute(
        select(DispatchShard.shard, DispatchShard.watermark).where(
            DispatchShard.watermark < until - TOLERANCE
        )
    )
    return dict(rows.all())


def _not_dispatched(
    schedules: Sequence[_Schedule], stopped: Mapping[int, int], until: float
) -> Iterator[Span]:
    """Yield the time from the first slot that was not published."""
    for each in schedules:
        if each.until_slot == FOREVER and (watermark := stopped.get(each.shard)) is not None:
            low = max(watermark, each.from_slot - 1)
            yield Span(next_slot(each.phase, each.interval_seconds, low), until)
