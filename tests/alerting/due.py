"""When anything is due next, so that a scenario can leap over the time in which nothing happens.

What sweeps and relays look at is asked for here; what is due already counts as due now.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, select
from sqlalchemy.orm import Session

from models import (
    ChannelRateLimit,
    Delivery,
    Incident,
    MaintenanceSpan,
    MaintenanceWindow,
    Monitor,
    MonitorState,
)
from models.delivery import OPEN
from services.relay import claims

Now = BindParameter[datetime]

_SPANS_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """When there is something to send, to tell, or to do about planned work; nothing: never."""

    messages: datetime | None
    incidents: datetime | None
    maintenance: datetime | None

    @property
    def first(self) -> datetime | None:
        found = (self.messages, self.incidents, self.maintenance)
        return min((each for each in found if each is not None), default=None)


def next_moment(session: Session, *, now: datetime) -> datetime | None:
    """Return when anything is to be done next, if ever; never earlier than `now`."""
    if claims.due(session, now=now, limit=1):
        return now
    first = later(session, now=now).first
    return None if first is None else max(first, now)


def later(session: Session, *, now: datetime) -> Due:
    """Return when what is not due now comes due; incidents and planned work may be due already."""
    return Due(*session.execute(_later(), {"now": now}).one())


@cache
def _later() -> Select[datetime | None, datetime | None, datetime | None]:
    """To build this takes longer than to run it."""
    now = bindparam("now", type_=Incident.next_at.type)
    return select(
        _earliest(_of_messages(now)),
        _earliest(_of_incidents(now)),
        _earliest(_of_maintenance(now)),
    )


def _earliest(queries: Iterable[Select[datetime | None]]) -> ColumnElement[datetime | None]:
    return func.least(*(each.scalar_subquery() for each in queries))


def _of_messages(now: Now) -> Iterator[Select[datetime | None]]:
    at = func.greatest(Delivery.next_attempt_at, Delivery.lease_until)
    waits = (Delivery.state.in_(OPEN), Delivery.digest_id.is_(None), at > now)
    yield select(func.min(at)).where(*waits)
    yield select(func.min(ChannelRateLimit.next_at)).where(ChannelRateLimit.next_at > now)


def _of_incidents(now: Now) -> Iterator[Select[datetime | None]]:
    yield select(func.min(Incident.next_at)).where(Incident.ended_at.is_(None))
    # A change stops counting when the window of its monitor has passed over it.
    for changed_at in (Incident.confirmed_at, Incident.ended_at):
        leaves_at = changed_at + func.make_interval(0, 0, 0, 0, 0, 0, Monitor.flap_window_seconds)
        yield (
            select(func.min(leaves_at))
            .join(Monitor, Monitor.id == Incident.monitor_id)
            .join(MonitorState, MonitorState.monitor_id == Monitor.id)
            .where(MonitorState.flapping_since.is_not(None), leaves_at > now)
        )


def _of_maintenance(now: Now) -> Iterator[Select[datetime | None]]:
    yield select(func.min(MaintenanceSpan.ends_at)).where(MaintenanceSpan.ends_at > now)
    yield select(func.min(MaintenanceWindow.spanned_until) - _SPANS_AHEAD).where(
        MaintenanceWindow.deleted_at.is_(None)
    )
