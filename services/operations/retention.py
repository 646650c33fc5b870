"""Forgets what is long over, of all organizations: what no other place forgets by itself.

docs/retention.md says of every table how long its rows are kept, and who deletes them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, inspect, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from models import (
    Base,
    BlindSpan,
    DispatchStall,
    Incident,
    MaintenanceSpan,
    MaintenanceWindow,
    Monitor,
    OnCallOverride,
    Schedule,
    SigningKey,
    TextDay,
    TextDayTotal,
    TextUsage,
)
from models.signing_key import SigningKeyState
from services.time_range import HISTORY

KEPT = timedelta(days=400)
"""A year, and time to look back at it, as for deliveries."""

_USUAL_BATCH = 1000
_WITH_MUCH_BEHIND = 10
"""Of rows that take many others with them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Which rows of a table are over; `batch` are deleted in one transaction."""

    table: type[Base]
    over: Callable[[datetime], ColumnElement[bool]]
    batch: int = _USUAL_BATCH


def _incidents(now: datetime) -> ColumnElement[bool]:
    """Of those that follow one another the last one goes first."""
    follower = aliased(Incident)
    followed = exists().where(follower.follows_id == Incident.id)
    return (Incident.ended_at < now - HISTORY) & ~followed


def _windows(now: datetime) -> ColumnElement[bool]:
    """As long as there is a span of it, it says why monitors were in maintenance."""
    is_over = MaintenanceWindow.spanned_until.is_(None) & (
        MaintenanceWindow.updated_at < now - HISTORY
    )
    spanned = exists().where(MaintenanceSpan.maintenance_window_id == MaintenanceWindow.id)
    return or_(MaintenanceWindow.deleted_at < now - KEPT, is_over) & ~spanned


def _signing_keys(now: datetime) -> ColumnElement[bool]:
    revoked = SigningKey.state == SigningKeyState.REVOKED
    return revoked & (SigningKey.changed_at < now - KEPT)


RULES: Mapping[str, Rule] = {
    rule.table.__tablename__: rule
    for rule in (
        Rule(Monitor, lambda now: Monitor.deleted_at < now - KEPT, _WITH_MUCH_BEHIND),
        Rule(Incident, _incidents),
        Rule(Schedule, lambda now: Schedule.until_slot < (now - HISTORY).timestamp()),
        Rule(BlindSpan, lambda now: BlindSpan.until_slot < (now - HISTORY).timestamp()),
        Rule(DispatchStall, lambda now: DispatchStall.until_slot < (now - HISTORY).timestamp()),
        Rule(MaintenanceSpan, lambda now: MaintenanceSpan.ends_at < now - HISTORY),
        Rule(MaintenanceWindow, _windows),
        Rule(OnCallOverride, lambda now: OnCallOverride.ends_at < now - KEPT),
        Rule(TextDay, lambda now: TextDay.day < (now - KEPT).date()),
        Rule(TextDayTotal, lambda now: TextDayTotal.day < (now - KEPT).date()),
        Rule(TextUsage, lambda now: TextUsage.month < (now - KEPT).date()),
        Rule(SigningKey, _signing_keys),
    )
}
"""By the name of the table."""


def forget(session: Session, name: str, *, now: datetime) -> bool:
    """Delete some of what is over in a table; tell whether there may be more."""
    rule = RULES[name]
    key = inspect(rule.table).primary_key
    some = select(*key).where(rule.over(now)).limit(rule.batch)
    gone = session.execute(
        delete(rule.table)
        .where(tuple_(*key).in_(some))
        .returning(key[0])
        .execution_options(synchronize_session=False)
    ).all()
    return len(gone) == rule.batch
