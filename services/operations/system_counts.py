"""Counts over all organizations, for the operator: by SQL functions that reveal no row.

The caller may see one organization or none. `migrations/baseline/13_functions.sql` defines the
functions. Where they repeat a rule of the code, both have to change together.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus, shown
from domain.evaluation.state import State
from domain.health import Unknown
from models.delivery import DeliveryState

_MONITORS = text("SELECT state, in_maintenance, monitors FROM count_monitors(:moment)")
_STATES = text("SELECT state, monitors FROM count_states()")
_UNKNOWN = text("SELECT * FROM count_unknown()")
_OWN_FAILURES = text("SELECT * FROM count_own_failures()")
_DELIVERIES = text("SELECT state, deliveries FROM count_deliveries()")
_UNKNOWN_SLOTS = text("SELECT count_unknown_slots(:since)")
_STRAY_ROWS = text("SELECT count_stray_rows()")
_WAITING_SINCE = text("SELECT deliveries_waiting_since(:moment, :held_since)")
_UNARCHIVED = text("SELECT oldest_unarchived_day(:today)")
_SILENT_REGIONS = text("SELECT silent_regions(:since)")


def monitors(session: Session, *, now: datetime) -> dict[DisplayStatus, int]:
    """Count monitors by their displayed status; deleted ones are left out."""
    found = dict.fromkeys(DisplayStatus, 0)
    for row in session.execute(_MONITORS, {"moment": now}):
        found[shown(State(row.state), in_maintenance=row.in_maintenance)] += row.monitors
    return found


def states(session: Session) -> dict[State, int]:
    """Count monitors by their state, regardless of maintenance."""
    return {State(row.state): row.monitors for row in session.execute(_STATES)}


def unknown(session: Session) -> Unknown:
    """Count the unknown monitors, whatever the reason."""
    return _unknown(session, _UNKNOWN)


def own_failures(session: Session) -> Unknown:
    """Count without monitors that the egress guard refused, at one lookup per unknown monitor."""
    return _unknown(session, _OWN_FAILURES)


def deliveries(session: Session) -> dict[DeliveryState, int]:
    """Count the deliveries that somebody waits for: those under way, and dead letters."""
    return {DeliveryState(row.state): row.deliveries for row in session.execute(_DELIVERIES)}


def unknown_slots(session: Session, *, since: int) -> int:
    """Count unknown checks; `since` is in unix seconds."""
    return int(session.execute(_UNKNOWN_SLOTS, {"since": since}).scalar_one())


def stray_rows(session: Session) -> int:
    """Count rows outside of the day partitions."""
    return int(session.execute(_STRAY_ROWS).scalar_one())


def waiting_since(
    session: Session, *, now: datetime, patience: timedelta = timedelta()
) -> datetime | None:
    """Return since when the longest waiting message is due, if no relay is sending.

    A message counts only if its rate limit has allowed it for `patience`. Before that it waited for
    its channel, and not for this service.
    """
    found: datetime | None = session.execute(
        _WAITING_SINCE, {"moment": now, "held_since": now - patience}
    ).scalar_one()
    return found


def unarchived_seconds(session: Session, *, now: datetime) -> float:
    """Return how long ago the oldest day ended whose checks are not in the archive yet; 0: none."""
    day: date | None = session.scalar(_UNARCHIVED, {"today": now.astimezone(UTC).date()})
    if day is None:
        return 0
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    return (now - end).total_seconds()


def silent_regions(session: Session, *, since: datetime) -> Sequence[str]:
    """Return the regions with monitors that no worker has served since then."""
    return session.scalars(_SILENT_REGIONS, {"since": since}).all()


def _unknown(session: Session, query: TextClause) -> Unknown:
    row = session.execute(query).one()
    return Unknown(
        monitors=row.unknown,
        of_monitors=row.monitors,
        organizations=row.unknown_organizations,
        of_organizations=row.organizations,
    )
