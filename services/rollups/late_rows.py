"""Rows that are stored after their hour was over: the hour is noted, and rolled up again.

Whether a row is late is decided by the time at which the statement that stored it ran. An hour is
rolled up only after all statements before that time have ended (`progress`). So each row is either
seen by the roll-up of its hour, or noted here in its own transaction.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from domain.analytics.rollup import hour_of
from models import RollupDirty
from services.evaluation.results import Observed
from services.pg_arrays import array_of

_NOTE = text("""
    INSERT INTO rollup_dirty (organization_id, monitor_id, from_slot)
    SELECT * FROM unnest(
        CAST(:organization_id AS int[]), CAST(:monitor_id AS int[]), CAST(:from_slot AS int[]))
""")


def note(session: Session, late: Iterable[Observed]) -> None:
    """Note the hours of these rows."""
    hours = {(each.organization_id, each.monitor_id, hour_of(each.slot)) for each in late}
    columns = zip(*sorted(hours), strict=True)
    names = ("organization_id", "monitor_id", "from_slot")
    session.execute(_NOTE, dict(zip(names, map(array_of, columns), strict=True)))


def take(session: Session, *, before: int, limit: int) -> Collection[tuple[int, int]]:
    """Remove some noted hours that begin before a time; return each as monitor and hour.

    A later hour stays until it was rolled up once. The caller holds the lock of the progress.
    """
    some = (
        select(RollupDirty.id)
        .where(RollupDirty.from_slot < before)
        .order_by(RollupDirty.id)
        .limit(limit)
    )
    gone = session.execute(
        delete(RollupDirty)
        .where(RollupDirty.id.in_(some))
        .returning(RollupDirty.monitor_id, RollupDirty.from_slot)
        .execution_options(synchronize_session=False)
    )
    return {(row.monitor_id, row.from_slot) for row in gone}
