"""Checks outside of the schedule: per monitor and region, one waits and one is under way at most.

The caller holds the lock of the monitor's state, or no lock: rows are locked after states, in
order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.evaluation.slots import EXTRA_WITHIN, shard_of
from models import Monitor, Recheck
from services.evaluation.results import Observed
from services.pg_arrays import array_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A check of one monitor from one region, not before the second `due` (unix seconds)."""

    monitor_id: int
    region_id: int
    organization_id: int
    due: int


def ask(session: Session, wanted: Iterable[Wanted]) -> None:
    """Request these checks, each once; of two requests for one check the earlier time counts."""
    rows = [_row(each) for each in wanted]
    if not rows:
        return
    query = insert(Recheck).values(rows)
    earlier = func.least(func.coalesce(Recheck.due, query.excluded.due), query.excluded.due)
    session.execute(
        query.on_conflict_do_update(
            index_elements=["monitor_id", "region_id"], set_={"due": earlier, "expires": None}
        )
    )


def ask_extra(session: Session, wanted: Iterable[Wanted]) -> None:
    """Request a check after a missed slot, unless one is waiting or under way; it expires soon."""
    rows = [{**_row(each), "expires": each.due + EXTRA_WITHIN} for each in wanted]
    if rows:
        session.execute(insert(Recheck).values(rows).on_conflict_do_nothing())


def _row(wanted: Wanted) -> dict[str, object]:
    return {
        "monitor_id": wanted.monitor_id,
        "region_id": wanted.region_id,
        "organization_id": wanted.organization_id,
        "shard": shard_of(wanted.monitor_id),
        "due": wanted.due,
    }


def are_wanted(since: int) -> ColumnElement[bool]:
    """Return whether a check of the query's monitor waits, or was published after `since`."""
    return (
        select(Recheck.monitor_id)
        .where(
            Recheck.monitor_id == Monitor.id, or_(Recheck.due.is_not(None), Recheck.slot > since)
        )
        .exists()
    )


_ANSWERED = text("""
    DELETE FROM rechecks r
    USING unnest(
        CAST(:monitor_id AS int[]), CAST(:slot AS int[]), CAST(:region_id AS smallint[]))
        AS done (monitor_id, slot, region_id)
    WHERE r.monitor_id = done.monitor_id AND r.region_id = done.region_id
        AND r.slot = done.slot AND r.due IS NULL
""")


def answered(session: Session, observed: Sequence[Observed]) -> None:
    """Delete the requests that these results answer, unless they were requested again."""
    session.execute(
        _ANSWERED,
        {
            "monitor_id": array_of(each.monitor_id for each in observed),
            "slot": array_of(each.slot for each in observed),
            "region_id": array_of(each.region_id for each in observed),
        },
    )
