"""Where checks are made from: the operator's regions, the same for all organizations."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import Region


def all_of(session: Session) -> Sequence[Region]:
    return session.scalars(select(Region).order_by(Region.name)).all()


def names(session: Session) -> dict[int, str]:
    return {region.id: region.name for region in all_of(session)}


def ids(session: Session, wanted: Iterable[str]) -> dict[str, int]:
    """Return the ids of those regions that there are, by name."""
    return dict(
        session.execute(select(Region.name, Region.id).where(Region.name.in_(set(wanted)))).all()
    )


def silent(session: Session, *, since: datetime) -> Sequence[str]:
    """Return the regions that have had something to check since then, and no worker that was heard of."""
    return session.scalars(_SILENT, {"since": since}).all()


# Only where no worker was heard of is it asked whether there should have been one.
_SILENT = text("""
    SELECT r.name FROM regions r
    WHERE coalesce(r.seen_at, '-infinity') < :since AND EXISTS (
        SELECT FROM monitors m
        WHERE r.id = ANY(m.region_ids) AND NOT m.paused AND m.deleted_at IS NULL
            AND m.kind <> 'heartbeat' AND m.updated_at < :since)
    ORDER BY r.name
""")


def register(session: Session, name: str, *, now: datetime) -> int:
    """Note that a worker of a region is there, which makes the region if it is the first; return its id."""
    found: int = session.execute(
        insert(Region)
        .values(name=name, seen_at=now)
        .on_conflict_do_update(
            index_elements=["name"], set_={"seen_at": func.greatest(Region.seen_at, now)}
        )
        .returning(Region.id)
    ).scalar_one()
    return found
