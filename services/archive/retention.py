"""How long the archive of an organization is kept, and whether it is on hold: the only place to ask.

Without a row, an organization keeps what the settings say. A plan sets other days (`set_days`).
A shorter period hides older checks at once. They are deleted `GRACE` later, so that a change of the
plan can be taken back. Of an organization on legal hold, nothing leaves the archive.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Integer, case, func, literal, select
from sqlalchemy.orm import Session

from models import ArchiveRetention
from services.errors import Conflict

GRACE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Checks of the last `shown_days` are shown; those before the last `kept_days` are deleted."""

    shown_days: int
    kept_days: int
    is_held: bool


def of(session: Session, organization_id: int, *, default_days: int, now: datetime) -> Retention:
    """Return the retention of an organization; `default_days` are those of the settings."""
    found = session.execute(
        select(
            func.coalesce(ArchiveRetention.days, default_days),
            kept_days(literal(default_days), now=now),
            ArchiveRetention.held_since.is_not(None),
        ).where(ArchiveRetention.organization_id == organization_id)
    ).one_or_none()
    if found is None:
        return Retention(shown_days=default_days, kept_days=default_days, is_held=False)
    shown, kept, is_held = found
    return Retention(shown_days=shown, kept_days=kept, is_held=is_held)


def set_days(
    session: Session, organization_id: int, days: int | None, *, default_days: int, now: datetime
) -> None:
    """Keep an organization's checks for other days; None: for as many as the settings say."""
    before = of(session, organization_id, default_days=default_days, now=now)
    row = _row(session, organization_id)
    after = default_days if days is None else days
    row.days = days
    if after < before.shown_days:
        row.previous_days, row.shortened_at = before.kept_days, now
    session.flush()


def hold(session: Session, organization_id: int, *, now: datetime) -> None:
    """Put an organization on legal hold; repeating this changes nothing."""
    row = _row(session, organization_id)
    row.held_since = row.held_since or now
    session.flush()


def release(session: Session, organization_id: int) -> None:
    """End a legal hold. What is older than it is kept for leaves the archive again."""
    _row(session, organization_id).held_since = None
    session.flush()


def refuse_held(session: Session, organization_id: int) -> None:
    """Raise `Conflict` if the organization is on legal hold."""
    row = session.get(ArchiveRetention, organization_id, populate_existing=True)
    if row is None or row.held_since is None:
        return
    if row.hold_is_hidden:
        raise Conflict("This organization cannot be deleted now. Ask the operator of this service.")
    raise Conflict("This organization is on legal hold, so it cannot be deleted.")


def first_shown(session: Session, organization_id: int) -> date | None:
    """Return the first archived day that is shown; None if the period is that of the settings."""
    today: ColumnElement[date] = func.date(func.timezone("UTC", func.now()))
    return session.scalar(
        select(today - ArchiveRetention.days).where(
            ArchiveRetention.organization_id == organization_id, ArchiveRetention.days.is_not(None)
        )
    )


def kept_days(default_days: ColumnElement[int], *, now: datetime) -> ColumnElement[int]:
    """Return for a row, or for none, the number of days after which checks are deleted."""
    days = func.coalesce(ArchiveRetention.days, default_days, type_=Integer)
    in_grace = ArchiveRetention.shortened_at > now - GRACE
    return case((in_grace, func.greatest(days, ArchiveRetention.previous_days)), else_=days)


def _row(session: Session, organization_id: int) -> ArchiveRetention:
    row = session.get(
        ArchiveRetention, organization_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        row = ArchiveRetention(organization_id=organization_id)
        session.add(row)
        session.flush()
    return row
