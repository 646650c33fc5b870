"""The histories of all monitors of an organization in arrays: `uptime.histories` of thousands."""

from collections import defaultdict
from datetime import datetime

import numpy as np
from sqlalchemy import DateTime, Select, cast, func, literal, select
from sqlalchemy.orm import Session

from domain.analytics.uptime import Span
from domain.evaluation.state import Severity
from models import BlindSpan, Incident, MaintenanceSpan, Monitor
from services.analytics import monitored, uptime
from services.analytics.fleet import columns
from services.analytics.fleet.summing import MOST_SECONDS, SECOND, Fleet, Numbers, Spans
from services.analytics.monitored import Monitored
from services.errors import Invalid
from services.evaluation import blind_spans
from services.maintenance import active as active_maintenance
from services.time_range import Window

MOST_EVENTS = 500_000
"""The most outages, unknown spans and maintenance spans of monitors that one request may read."""


def of_organization(
    session: Session,
    organization_id: int,
    window: Window,
    *,
    now: datetime,
    most: int = MOST_EVENTS,
) -> Fleet:
    """Return the histories of the current monitors, with a constant number of queries.

    Raise `Invalid` if there are more than `most` events in the window, or if all seconds of all
    monitors are more than can be summed up: those of 130,000 in 400 days and the 400 before.
    """
    present = select(Monitor.id).where(
        Monitor.organization_id == organization_id, Monitor.deleted_at.is_(None)
    )
    events = _Events(session, most)
    owners, starts, ends = events.read(_outages(organization_id, present, window))
    lasting = ends == columns.FOREVER
    unknown = _of_seconds(*events.read(_unknown(present, window)))
    planned = events.read(_planned(organization_id, present, window))
    watched, unseen = _monitored(session, present, window, now)
    return Fleet(
        monitored=watched,
        outages=Spans(owners, starts, np.where(lasting, round(now.timestamp() * SECOND), ends)),
        lasting=lasting,
        unknown=unknown + unseen,
        maintenance=Spans(*planned),
    )


class _Events:
    """Reads spans of monitors as long as these are not too many."""

    def __init__(self, session: Session, most: int) -> None:
        self._session, self._most = session, most
        self._left = most

    def read(self, spans: Select[int, object, object]) -> list[Numbers]:
        found = columns.read(self._session, spans.limit(self._left + 1))
        self._left -= len(found[0])
        if self._left < 0:
            problem = (
                f"The monitors have more than {self._most:,} outages, unknown spans and maintenance"
                " spans in this period and the preceding one. Ask for a shorter period, or for"
                " each monitor."
            )
            raise Invalid({"from": [problem]})
        return found


def _outages(
    organization_id: int, present: Select[int], window: Window
) -> Select[int, datetime, datetime]:
    ends_at = func.coalesce(Incident.ended_at, cast(literal("infinity"), DateTime(timezone=True)))
    return select(Incident.monitor_id, Incident.started_at, ends_at.label("ends_at")).where(
        *uptime.incidents_touching(organization_id, present, window, (Severity.DOWN,))
    )


def _unknown(present: Select[int], window: Window) -> Select[int, int, int]:
    return select(BlindSpan.monitor_id, BlindSpan.from_slot, BlindSpan.until_slot).where(
        *blind_spans.touching(present, window.start.timestamp(), window.end.timestamp())
    )


def _planned(
    organization_id: int, present: Select[int], window: Window
) -> Select[int, datetime, datetime]:
    return (
        select(Monitor.id, MaintenanceSpan.began_at, MaintenanceSpan.ends_at)
        .join(MaintenanceSpan, active_maintenance.applies())
        .where(*active_maintenance.touching(organization_id, present, window))
    )


def _monitored(
    session: Session, present: Select[int], window: Window, now: datetime
) -> tuple[Spans, Spans]:
    """Return when monitors were monitored, and what of it was not dispatched."""
    until = min(window.end, now).timestamp()
    found = columns.read(session, monitored.around(present, window))
    owners, start, end, interval, phase, shard = found
    if len(owners) * (until - window.start.timestamp()) > MOST_SECONDS:
        raise Invalid({"from": ["Too long for so many monitors. Ask for a shorter period."]})
    # As `Monitored.span` of each.
    first = start + (phase - start) % interval
    watched = _of_seconds(owners, first, end)
    watched = Spans(owners, watched.starts, np.minimum(watched.ends, round(until * SECOND)))
    stopped = monitored.stopped_shards(session, until)
    stalled: dict[int, list[Span]] = defaultdict(list)
    for values in zip(*(each[np.isin(shard, [*stopped])].tolist() for each in found), strict=True):
        row = Monitored(*values)
        stalled[row.monitor_id] += monitored.not_dispatched([row], stopped, until)
    return watched, Spans.of(stalled)


def _of_seconds(owners: Numbers, starts: Numbers, ends: Numbers) -> Spans:
    return Spans(owners, SECOND * starts, SECOND * ends)
