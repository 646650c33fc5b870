"""The contents of exports: parts in chunks of one size, written by one claim, read in ranges.

Chunks of an unfinished part are useless: the next claim writes them again.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, select, tuple_, update
from sqlalchemy.orm import Session

from models import Export, ExportChunk, ExportPart, Organization
from models.export import ExportState
from services.errors import NotFound
from services.exports.exports import UNFINISHED, ExportView

CHUNK_BYTES = 1024 * 1024
KEPT = timedelta(days=7)
"""How long a finished export can be downloaded."""
REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Offset:
    """A part of an export, by internal ids."""

    organization_id: int
    export_id: int
    part: int


def drop_unfinished(session: Session, place: Offset) -> None:
    """Delete the chunks that an earlier claim left of the part."""
    session.execute(delete(ExportChunk).where(*_of(place)))


def add(session: Session, place: Offset, number: int, content: bytes) -> None:
    session.add(
        ExportChunk(
            organization_id=place.organization_id,
            export_id=place.export_id,
            part=place.part,
            number=number,
            content=content,
        )
    )
    session.flush()


def open_to(session: Session, organization_id: uuid.UUID, export_id: uuid.UUID) -> ExportView:
    """Return a finished export by the public ids of a link. Raise `NotFound` if there is none."""
    export = session.scalars(
        select(Export)
        .join(Organization, Organization.id == Export.organization_id)
        .where(
            Organization.public_id == organization_id,
            Export.public_id == export_id,
            Export.state == ExportState.DONE,
        )
    ).one_or_none()
    if export is None:
        raise NotFound("export")
    parts = session.scalars(
        select(ExportPart)
        .where(
            ExportPart.organization_id == export.organization_id, ExportPart.export_id == export.id
        )
        .order_by(ExportPart.number)
    ).all()
    return ExportView(export, parts)


def pieces_of(start: int, end: int) -> Iterator[tuple[int, slice]]:
    """Yield the chunks that contain the bytes [start, end) of a part, and the slice of each."""
    for number in range(start // CHUNK_BYTES, -(-end // CHUNK_BYTES)):
        first = number * CHUNK_BYTES
        yield number, slice(max(start - first, 0), min(end - first, CHUNK_BYTES))


def chunk(session: Session, place: Offset, number: int) -> bytes:
    """Read one chunk. Raise `NotFound` if it was deleted."""
    content = session.scalars(
        select(ExportChunk.content).where(*_of(place), ExportChunk.number == number)
    ).one_or_none()
    if content is None:
        raise NotFound("part")
    return content


def expire(session: Session, *, now: datetime) -> None:
    """Mark expired exports, and delete old ones that have no chunks."""
    session.execute(
        update(Export)
        .where(Export.state == ExportState.DONE, Export.expires_at <= now)
        .values(state=ExportState.EXPIRED)
    )
    session.execute(
        delete(Export).where(
            Export.requested_at <= now - REMEMBERED,
            Export.state.notin_((*UNFINISHED, ExportState.DONE)),
            ~exists().where(ExportChunk.export_id == Export.id),
        )
    )


def clear(session: Session, *, limit: int) -> int:
    """Delete some chunks of exports that cannot be downloaded; return their number."""
    kept = (*UNFINISHED, ExportState.DONE)
    keys = (ExportChunk.export_id, ExportChunk.part, ExportChunk.number)
    some = (
        select(*keys)
        .join(Export, Export.id == ExportChunk.export_id)
        .where(Export.state.notin_(kept))
        .limit(limit)
    )
    gone = session.execute(delete(ExportChunk).where(tuple_(*keys).in_(some)).returning(keys[0]))
    return len(gone.all())


def _of(place: Offset) -> tuple[ColumnElement[bool], ...]:
    return (
        ExportChunk.organization_id == place.organization_id,
        ExportChunk.export_id == place.export_id,
        ExportChunk.part == place.part,
    )
