"""Daily limits of texts and calls: one per organization, one for all organizations together.

Founding an organization is free. Without the second limit, many organizations would evade the
first.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import TextDay, TextDayTotal
from services import quotas

_QUOTA = "texts_per_day"


def reserve(
    session: Session, organization_id: int, more: int, *, most_of_all: int | None, now: datetime
) -> str | None:
    """Count `more` segments if both limits have room; otherwise return which limit is used up."""
    most = quotas.limit(session, organization_id, _QUOTA)
    day = _day(now)
    if not _add(session, TextDay, {"organization_id": organization_id, "day": day}, more, most):
        return (
            f"This organization has sent its {most} text messages of this day (limit `{_QUOTA}`)."
        )
    if _add(session, TextDayTotal, {"day": day}, more, most_of_all):
        return None
    _take_off(session, TextDay, {"organization_id": organization_id, "day": day}, more)
    return "This service has reached its limit of text messages for this day."


def give_back(session: Session, organization_id: int, less: int, *, reserved_at: datetime) -> None:
    """Subtract the segments of a message that was not accepted."""
    day = _day(reserved_at)
    _take_off(session, TextDay, {"organization_id": organization_id, "day": day}, less)
    _take_off(session, TextDayTotal, {"day": day}, less)


def _add(session: Session, table: Any, key: dict[str, Any], more: int, most: int | None) -> bool:  # noqa: ANN401 - a model
    """Use one statement, so that only one of two relays gets the last segment."""
    if most is not None and more > most:
        return False
    counted = session.scalars(
        insert(table)
        .values(**key, segments=more)
        .on_conflict_do_update(
            index_elements=list(key),
            set_={"segments": table.segments + more},
            where=None if most is None else table.segments + more <= most,
        )
        .returning(table.segments)
    )
    return counted.one_or_none() is not None


def _take_off(session: Session, table: Any, key: dict[str, Any], less: int) -> None:  # noqa: ANN401 - a model
    session.execute(
        update(table)
        .filter_by(**key)
        .values(segments=table.segments - less)
        .execution_options(synchronize_session=False)
    )


def _day(now: datetime) -> date:
    return now.date()
