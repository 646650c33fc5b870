"""Rows that are stored after their day was over: noted, so that the archive gets them as well.

A day is sealed only after all rows in time are visible (`services.rollups.progress`). Any other row
is noted in the transaction that stores it. So each row is either unloaded, or noted.
"""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, day_of
from services.archive.numbers import date_of, shard_of
from services.evaluation.results import Observed

# Writers may not read the table, so nothing is returned.
_NOTE = text("""
    INSERT INTO archive_late (day, shard)
    SELECT * FROM unnest(CAST(:days AS date[]), CAST(:shards AS smallint[]))
""")


def note(session: Session, late: Iterable[Observed], *, over: int) -> None:
    """Note the days of these rows that end at or before `over`, in unix seconds."""
    days = {
        (date_of(each.slot), shard_of(each.organization_id))
        for each in late
        if day_of(each.slot) + DAY <= over
    }
    if days:
        columns = {"days": [day for day, _ in sorted(days)], "shards": [n for _, n in sorted(days)]}
        session.execute(_NOTE, columns)
