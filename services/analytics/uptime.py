"""The uptime of monitors: reads the spans; `domain` computes the times."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Double, Select, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from domain.analytics.report import History, Outage
from domain.analytics.uptime import Span, Uptime, uptime
from domain.evaluation.state import Severity
from models import Incident, Monitor
from services.analytics import monitored
from services.analytics.monitored import Monitored
from services.errors import Invalid
from services.evaluation import blind_spans
from services.maintenance import active as active_maintenance
from services.time_range import Window

_DOWN = (Severity.DOWN,)

_Ids: TypeAlias = Collection[int] | Select[int]
"""The keys of monitors, or the query that selects them: thousands are not sent back and forth."""


def of_monitor(session: Session, monitor: Monitor, window: Window, *, now: datetime) -> Uptime:
    """Return the seconds of the past part of the window, by the condition of the monitor."""
    found = histories(session, monitor.organization_id, [monitor], window, now=now)[monitor.id]
    return of_history(found, window, now=now)


def of_history(found: History, window: Window, *, now: datetime) -> Uptime:
    """Return the seconds of the past part of the window, which the history has to cover."""
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
    return _of_each(session, ids, window, events)


def histories_with_degraded(
    session: Session,
    organization_id: int,
    monitors: Collection[Monitor],
    window: Window,
    *,
    now: datetime,
) -> tuple[dict[int, History], Mapping[int, Sequence[Span]]]:
    """Return the histories, and when incidents of this severity were open, by monitor."""
    ids = [monitor.id for monitor in monitors]
    both = (Severity.DOWN, Severity.DEGRADED)
    events = _events(session, organization_id, ids, window, now=now, severities=both)
    degraded = {
        key: [Span(each.start, each.end) for each in found]
        for key, found in events.degraded.items()
    }
    return _of_each(session, ids, window, events), degraded


MOST_EVENTS = 200_000
"""The most outages and blind spans that one request may read."""


@dataclass(frozen=True, slots=True)
class Selected:
    """The histories of monitors that had any event around a window.

    `quiet` is the monitored time of all others: mostly that of the whole window, again and again.
    """

    histories: Mapping[int, History]
    quiet: Sequence[Span]


def of_selected(
    session: Session,
    organization_id: int,
    present: Select[int],
    window: Window,
    *,
    now: datetime,
    most: int = MOST_EVENTS,
) -> Selected:
    """Return the histories of the selected monitors, with a constant number of queries.

    Raise `Invalid` if there are more than `most` outages and blind spans in the window.
    """
    _refuse_too_much(session, organization_id, present, window, most)
    events = _events(session, organization_id, present, window, now=now)
    eventful = {*events.outages, *events.unknown, *events.planned}
    rows, others = monitored.apart(session, present, window, eventful, events.stopped)
    schedules: dict[int, list[Monitored]] = defaultdict(list)
    quiet = [Span(window.start.timestamp(), events.until)] * others
    for each in rows:
        if each.monitor_id in eventful or each.shard in events.stopped:
            schedules[each.monitor_id].append(each)
        else:
            quiet.append(each.span(events.until))
    return Selected(
        histories={key: events.history(key, of_key) for key, of_key in schedules.items()},
        quiet=quiet,
    )


def _refuse_too_much(
    session: Session, organization_id: int, ids: Select[int], window: Window, most: int
) -> None:
    rows = union_all(
        select(literal(1)).where(*incidents_touching(organization_id, ids, window, _DOWN)),
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


@dataclass(frozen=True, slots=True)
class _Events:
    """All spans of some monitors around a window, each by monitor, and the shards that stalled."""

    outages: Mapping[int, Sequence[Outage]]
    degraded: Mapping[int, Sequence[Outage]]
    unknown: Mapping[int, Sequence[Span]]
    planned: Mapping[int, Sequence[Span]]
    stopped: Mapping[int, int]
    until: float

    def history(self, monitor_id: int, schedules: Sequence[Monitored]) -> History:
        unknown = self.unknown.get(monitor_id, ())
        if self.stopped:
            unknown = [*unknown, *monitored.not_dispatched(schedules, self.stopped, self.until)]
        return History(
            monitored=[each.span(self.until) for each in schedules],
            outages=self.outages.get(monitor_id, ()),
            unknown=unknown,
            maintenance=self.planned.get(monitor_id, ()),
        )


def _events(
    session: Session,
    organization_id: int,
    ids: _Ids,
    window: Window,
    *,
    now: datetime,
    severities: Sequence[Severity] = _DOWN,
) -> _Events:
    until = min(window.end, now).timestamp()
    wanted = incidents_touching(organization_id, ids, window, severities)
    incidents = _incidents(session, wanted, now=now)
    return _Events(
        outages=incidents[Severity.DOWN],
        degraded=incidents[Severity.DEGRADED],
        unknown=blind_spans.of(session, ids, start=window.start.timestamp(), end=until),
        planned=active_maintenance.spans_of(session, organization_id, ids, window),
        stopped=monitored.stopped_shards(session, until),
        until=until,
    )


def _of_each(
    session: Session, ids: Collection[int], window: Window, events: _Events
) -> dict[int, History]:
    schedules: dict[int, list[Monitored]] = defaultdict(list)
    for each in monitored.of(session, ids, window):
        schedules[each.monitor_id].append(each)
    return {key: events.history(key, schedules.get(key, ())) for key in ids}


def _incidents(
    session: Session, wanted: tuple[ColumnElement[bool], ...], *, now: datetime
) -> Mapping[Severity, Mapping[int, list[Outage]]]:
    # Seconds instead of times: reading these took longer than all else of a large organization.
    began = _seconds(Incident.started_at.expression)
    ended_at: ColumnElement[float | None] = _seconds(Incident.ended_at.expression)
    found: dict[Severity, dict[int, list[Outage]]]
    found = {severity: defaultdict(list) for severity in Severity}
    present = now.timestamp()
    for monitor_id, severity, start, ended in session.execute(
        select(Incident.monitor_id, Incident.severity, began, ended_at).where(*wanted)
    ):
        outage = Outage(start, present if ended is None else ended, ended is not None)
        found[severity][monitor_id].append(outage)
    return found


def _seconds(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(func.extract("epoch", column), Double)


def incidents_touching(
    organization_id: int, ids: _Ids, window: Window, severities: Sequence[Severity]
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions for the incidents of these monitors that touch the window."""
    return (
        Incident.monitor_id.in_(ids),
        Incident.organization_id == organization_id,
        Incident.severity.in_(severities),
        Incident.started_at < window.end,
        Incident.ended_at.is_(None) | (Incident.ended_at > window.start),
    )
