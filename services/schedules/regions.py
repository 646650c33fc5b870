"""The regions that checks are made from: the operator's, the same for all organizations."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import Region


def all_of(session: Session) -> Sequence[Region]:
    return session.scalars(select(Region).order_by(Region.name)).all()


def names(session: Session) -> dict[int, str]:
    return {region.id: region.name for region in all_of(session)}


def ids(session: Session, wanted: Iterable[str]) -> dict[str, int]:
    """Return the ids of the existing regions among these, by name."""
    return dict(
        session.execute(select(Region.name, Region.id).where(Region.name.in_(set(wanted)))).all()
    )


def register(session: Session, name: str, *, now: datetime) -> int:
    """Record that a worker of a region is alive, and return the region's id.

    Create the region if it is new.
    """
    seen = (
        update(Region)
        .where(Region.name == name)
        .values(seen_at=func.greatest(Region.seen_at, now))
        .returning(Region.id)
        .execution_options(synchronize_session=False)
    )
    known = session.scalar(seen)
    if known is None:
        # Only if the region is new: an insert uses up one of the 32,767 ids even on a conflict.
        session.execute(
            insert(Region).values(name=name).on_conflict_do_nothing(index_elements=["name"])
        )
        known = session.execute(seen).scalar_one()
    return known
