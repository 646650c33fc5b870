"""How far hours are rolled up, and which are settled: all their rows in time are visible."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.analytics.rollup import over_before
from models import RollupProgress

_LONGEST_STATEMENT = 10
"""Seconds after which a statement has ended: the `statement_timeout` of sessions, and some more."""

_HORIZON = text("""
    SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint) AS oldest,
        CAST(CAST(pg_current_xact_id() AS text) AS bigint) AS own
""")


def until(session: Session) -> int:
    """Return the end of the last hour that is rolled up, in unix seconds."""
    return session.execute(select(RollupProgress.until_slot)).scalar_one()


def refused_hours(session: Session) -> int:
    """Return how many late hours were refused, because their day is only in the archive."""
    return session.execute(select(RollupProgress.refused_hours)).scalar_one()


def locked(session: Session, *, wait: bool = False) -> RollupProgress | None:
    """Return the progress, locked until the commit; only its holder may write roll-ups.

    Return None if another process holds it, unless the caller wants to wait.
    """
    return session.scalars(
        select(RollupProgress)
        .with_for_update(skip_locked=not wait)
        .execution_options(populate_existing=True)
    ).one_or_none()


def settle(session: Session, progress: RollupProgress, *, now: int) -> int:
    """Return the time before which all rows are settled: no hour before it gets one unnoticed.

    A row is in time if its statement began before `over_before` passed its hour. That statement has
    ended `_LONGEST_STATEMENT` later, and its transaction has an id then, but may still be open.
    This transaction got its own id after `now`. So the hours are settled once all lower ids have
    ended.
    """
    oldest, own = session.execute(_HORIZON).one()
    due = over_before(now - _LONGEST_STATEMENT)
    if progress.settling_slot <= progress.until_slot < due:
        progress.settling_slot, progress.settling_xid = due, own
        session.flush()
    return progress.settling_slot if oldest >= progress.settling_xid else progress.until_slot
