"""Counts over all organizations, for the operator: by functions of the database that show no row.

Whoever asks may see one organization or none. What the functions count is in
`migrations/baseline/13_functions.sql`: where a rule changes that they repeat, they change with it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

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
_SILENT_REGIONS = text("SELECT silent_regions(:since)")


def monitors(session: Session, *, now: datetime) -> dict[DisplayStatus, int]:
    """Count monitors by the state that is shown of them; those that were deleted are left out."""
    found = dict.fromkeys(DisplayStatus, 0)
    for row in session.execute(_MONITORS, {"moment": now}):
        found[shown(State(row.state), in_maintenance=row.in_maintenance)] += row.monitors
    return found


def states(session: Session) -> dict[State, int]:
    """Count monitors by what their checks say, whatever is planned."""
    return {State(row.state): row.monitors for row in session.execute(_STATES)}


def unknown(session: Session) -> Unknown:
    """Count the unknown monitors, whatever the reason."""
    return _unknown(session, _UNKNOWN)


def own_failures(session: Session) -> Unknown:
    """Count monitors but those that the egress guard refused: a lookup for each unknown one."""
    return _unknown(session, _OWN_FAILURES)


def deliveries(session: Session) -> dict[DeliveryState, int]:
    """Count messages that somebody waits for: what is on its way, and what could not be sent."""
    return {DeliveryState(row.state): row.deliveries for row in session.execute(_DELIVERIES)}


def unknown_slots(session: Session, *, since: int) -> int:
    """Count checks of which nothing is known; `since` is in unix seconds."""
    return int(session.execute(_UNKNOWN_SLOTS, {"since": since}).scalar_one())


def stray_rows(session: Session) -> int:
    """Count rows outside of the day partitions."""
    return int(session.execute(_STRAY_ROWS).scalar_one())


def waiting_since(
    session: Session, *, now: datetime, patience: timedelta = timedelta()
) -> datetime | None:
    """Return since when the message is due that waits the longest, if nobody sends any now.

    Only what the pace of its channel has let go for as long as `patience` counts: before that it
    waited for its turn, and not for us.
    """
    found: datetime | None = session.execute(
        _WAITING_SINCE, {"moment": now, "held_since": now - patience}
    ).scalar_one()
    return found


def silent_regions(session: Session, *, since: datetime) -> Sequence[str]:
    """Return the regions that have had something to check since then, and no worker that was heard of."""
    return session.scalars(_SILENT_REGIONS, {"since": since}).all()


def _unknown(session: Session, query: TextClause) -> Unknown:
    row = session.execute(query).one()
    return Unknown(
        monitors=row.unknown,
        of_monitors=row.monitors,
        organizations=row.unknown_organizations,
        of_organizations=row.organizations,
    )
