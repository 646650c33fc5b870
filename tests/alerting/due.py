"""When anything is due next, so that a scenario can leap over the time in which nothing happens.

What sweeps and relays look at is asked for here; what is due already counts as due now.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models import (
    ChannelPace,
    Delivery,
    Incident,
    MaintenanceSpan,
    MaintenanceWindow,
    Monitor,
    MonitorState,
)
from models.delivery import OPEN
from services import delivery_claims

_SPANS_AHEAD = timedelta(days=1)


def next_moment(session: Session, *, now: datetime) -> datetime | None:
    """Return when anything is to be done next, if ever; never earlier than `now`."""
    if delivery_claims.due(session, now=now, limit=1):
        return now
    queries = (*_of_messages(now), *_of_incidents(now), *_of_maintenance(now))
    row = session.execute(select(*(each.scalar_subquery() for each in queries))).one()
    found = [moment for moment in row if moment is not None]
    return max(min(found), now) if found else None


def _of_messages(now: datetime) -> Iterator[Select[datetime]]:
    at = func.greatest(Delivery.next_attempt_at, Delivery.lease_until)
    waits = (Delivery.state.in_(OPEN), Delivery.digest_id.is_(None), at > now)
    yield select(func.min(at)).where(*waits)
    yield select(func.min(ChannelPace.next_at)).where(ChannelPace.next_at > now)


def _of_incidents(now: datetime) -> Iterator[Select[datetime]]:
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


def _of_maintenance(now: datetime) -> Iterator[Select[datetime]]:
    yield select(func.min(MaintenanceSpan.ends_at)).where(MaintenanceSpan.ends_at > now)
    yield select(func.min(MaintenanceWindow.spanned_until) - _SPANS_AHEAD).where(
        MaintenanceWindow.deleted_at.is_(None)
    )
