"""The uptime of monitors: reads the spans; `domain` computes the times."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from domain.analytics.report import History, Outage
from domain.analytics.uptime import Span, Uptime, uptime
from domain.evaluation.slots import FOREVER, TOLERANCE, next_slot
from domain.evaluation.state import Severity
from models import DispatchShard, Incident, Monitor, Schedule
from services.errors import Invalid
from services.evaluation import blind_spans
from services.maintenance import active as active_maintenance
from services.pg_arrays import numbers_of
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
    found = _read(session, organization_id, ids, window, now=now)
    schedules, _ = found.schedules(ids)
    return {each: found.history(each, schedules.get(each, ())) for each in ids}


MOST_EVENTS = 200_000
"""The most outages and blind spans that one request may read."""


@dataclass(frozen=True, slots=True)
class Organization:
    """The histories of monitors that had any event around a window.

    `quiet` is the monitored time of all others.
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
    """Return the histories of the current monitors, with a constant number of queries.

    Raise `Invalid` if there are more than `most` outages and blind spans in the window.
    """
    present = select(Monitor.id).where(
        Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
    )
    _refuse_too_much(session, organization_id, present, window, most)
    found = _read(session, organization_id, present, window, now=now)
    schedules, quiet = found.schedules(found.eventful())
    return Organization(
        histories={key: found.history(key, of_key) for key, of_key in schedules.items()},
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
            f"The monitors have more than {most:,} outages and unknown spans in this period and"
            " the preceding one. Ask for a shorter period, or for each monitor."
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
class _Read:
    """All spans of some monitors around a window, each by monitor; schedules by column."""

    columns: Sequence[Sequence[int]]
    outages: Mapping[int, Sequence[Outage]]
    unknown: Mapping[int, Sequence[Span]]
    planned: Mapping[int, Sequence[Span]]
    stopped: Mapping[int, int]
    until: float

    def eventful(self) -> set[int]:
        """Return the monitors of which there is more to tell than one span of monitored time."""
        ids, *_, shards = self.columns
        found = {*self.outages, *self.unknown, *self.planned}
        found |= {each for each, count in Counter(ids).items() if count > 1}
        if self.stopped:
            found |= {
                each for each, shard in zip(ids, shards, strict=True) if shard in self.stopped
            }
        return found

    def schedules(
        self, wanted: Collection[int]
    ) -> tuple[Mapping[int, Sequence[_Schedule]], Sequence[Span]]:
        """Return the schedules of the wanted monitors, and the monitored time of the others."""
        found: dict[int, list[_Schedule]] = defaultdict(list)
        others = []
        for each in map(_Schedule._make, zip(*self.columns, strict=True)):
            if each.monitor_id in wanted:
                found[each.monitor_id].append(each)
            else:
                others.append(self._monitored(each))
        return found, others

    def history(self, monitor_id: int, schedules: Sequence[_Schedule]) -> History:
        unknown = self.unknown.get(monitor_id, ())
        if self.stopped:
            unknown = [*unknown, *_not_dispatched(schedules, self.stopped, self.until)]
        return History(
            monitored=[self._monitored(each) for each in schedules],
            outages=self.outages.get(monitor_id, ()),
            unknown=unknown,
            maintenance=self.planned.get(monitor_id, ()),
        )

    def _monitored(self, schedule: _Schedule) -> Span:
        """Return the span from its first slot on: before it, the monitor was not monitored."""
        first = next_slot(schedule.phase, schedule.interval_seconds, schedule.from_slot - 1)
        return Span(first, min(schedule.until_slot, self.until))


def _read(
    session: Session, organization_id: int, ids: _Ids, window: Window, *, now: datetime
) -> _Read:
    until = min(window.end, now).timestamp()
    return _Read(
        columns=_schedules(session, ids, window),
        outages=_outages(session, organization_id, ids, window, now=now),
        unknown=blind_spans.of(session, ids, start=window.start.timestamp(), end=until),
        planned=active_maintenance.spans_of(session, organization_id, ids, window),
        stopped=_stopped_shards(session, until),
        until=until,
    )


def _schedules(session: Session, ids: _Ids, window: Window) -> list[list[int]]:
    """Return the columns of the schedules around the window: a row of each takes far longer."""
    columns = (cast(func.array_agg(getattr(Schedule, name)), Text) for name in _Schedule._fields)
    arrays = session.execute(
        select(*columns).where(
            Schedule.monitor_id.in_(ids),
            Schedule.until_slot > window.first_slot - blind_spans.LONGEST_INTERVAL,
            Schedule.from_slot < window.end_slot,
        )
    ).one()
    return [numbers_of(array) for array in arrays]


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
