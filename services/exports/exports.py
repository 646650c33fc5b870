"""Exports as organizations request, view and delete them. `services.exports.worker` makes them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Export, ExportPart
from models.export import ExportState
from security import age
from services import lookup, pagination, quotas
from services.dependencies import dependencies
from services.errors import Conflict, Invalid, TooMany
from services.recipients import resolve as recipient_resolve
from services.time_range import window

MOST_MONITORS = 1000
"""The most monitors that one export may name."""
_GIBIBYTE = 1024**3
_SPACE = "export_gibibytes"

UNFINISHED = (ExportState.PENDING, ExportState.RUNNING)
_DELETABLE = (*UNFINISHED, ExportState.DONE)
_HOUR = timedelta(hours=1)
_NOUN = "export"
_NEWEST_FIRST = pagination.Order(
    scope="exports", columns=(Export.requested_at, Export.public_id), is_descending=True
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportValues:
    """`recipient` is a public key of age, or the id of a recipient of this organization (JWE)."""

    document: str
    format: str
    container: str
    recipient: str
    start: datetime | None = None
    end: datetime | None = None
    monitor_ids: Sequence[uuid.UUID] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class ExportView:
    export: Export
    parts: Sequence[ExportPart] = ()


def request(
    session: Session, organization_id: int, values: ExportValues, *, now: datetime
) -> ExportView:
    """Store a request; the caller enqueues it for a worker after the commit.

    Raise `Invalid` for wrong values, and `Conflict` if too many exports are under way or stored.
    Raise `TooMany` if requests are too frequent.
    """
    _refuse_more(session, organization_id, now=now)
    asked = window(values.start, min(values.end or now, now), now=now)
    export = Export(
        organization_id=organization_id,
        document=values.document,
        format=values.format,
        container=values.container,
        recipient=_recipient(session, organization_id, values, now=now),
        start_at=asked.start,
        end_at=asked.end,
        monitor_ids=_monitor_ids(session, organization_id, values.monitor_ids),
        state=ExportState.PENDING,
        lease_until=now,
        requested_at=now,
    )
    session.add(export)
    session.flush()
    return ExportView(export)


def find(session: Session, organization_id: int, export_id: uuid.UUID) -> ExportView:
    """Return an export with its finished parts. Raise `NotFound` if there is none."""
    export = lookup.find(session, Export, organization_id, export_id, _NOUN)
    parts = session.scalars(
        select(ExportPart)
        .where(ExportPart.organization_id == organization_id, ExportPart.export_id == export.id)
        .order_by(ExportPart.number)
    ).all()
    return ExportView(export, parts)


def finished(session: Session, organization_id: int, export_id: uuid.UUID) -> ExportView:
    """Return a downloadable export. Raise `NotFound`, or `Conflict` if it is not finished."""
    view = find(session, organization_id, export_id)
    if view.export.state is not ExportState.DONE:
        raise Conflict(f"This export cannot be downloaded: it is {view.export.state}.")
    return view


def page(
    session: Session, organization_id: int, wanted: pagination.PageRequest
) -> pagination.Page[ExportView]:
    """List exports, newest first."""
    query = select(Export).where(Export.organization_id == organization_id)
    return pagination.read(session, query, _NEWEST_FIRST, wanted).each(ExportView)


def delete(session: Session, organization_id: int, export_id: uuid.UUID, *, now: datetime) -> None:
    """Cancel an export or give up its contents; the row stays, because it still counts."""
    export = lookup.locked(session, Export, organization_id, export_id, _NOUN)
    if export.state in _DELETABLE:
        export.state = ExportState.CANCELLED
        export.finished_at = export.finished_at or now
        session.flush()


def _recipient(
    session: Session, organization_id: int, values: ExportValues, *, now: datetime
) -> str:
    try:
        if values.container == "age":
            return age.checked(values.recipient)
        named = uuid.UUID(values.recipient)
    except age.RecipientError as error:
        raise Invalid({"recipient": [str(error)]}) from error
    except ValueError as error:
        raise Invalid({"recipient": ["Must be the id of a recipient."]}) from error
    return str(recipient_resolve.choose(session, organization_id, named, now=now).id)


def _monitor_ids(
    session: Session, organization_id: int, wanted: Sequence[uuid.UUID]
) -> list[int] | None:
    if not wanted:
        return None
    keys = dependencies.keys(session, organization_id, wanted)
    missing = [f"There is no monitor {each}." for each in wanted if each not in keys]
    if missing:
        raise Invalid({"monitor_ids": missing})
    return sorted(keys.values())


def _refuse_more(session: Session, organization_id: int, *, now: datetime) -> None:
    unfinished = Export.state.in_(UNFINISHED)
    quotas.take(session, organization_id, "exports_under_way", only=unfinished)
    _refuse_full(session, organization_id)
    _refuse_too_soon(session, organization_id, now=now)


def most_bytes(session: Session, organization_id: int) -> int:
    """Return the largest total size of an organization's exports, which limits each of them."""
    return quotas.limit(session, organization_id, _SPACE) * _GIBIBYTE


def _refuse_full(session: Session, organization_id: int) -> None:
    kept = session.scalar(
        select(func.coalesce(func.sum(Export.size_bytes), 0)).where(
            Export.organization_id == organization_id, Export.state.in_(_DELETABLE)
        )
    )
    most = most_bytes(session, organization_id)
    if (kept or 0) >= most:
        used = f"{(kept or 0) / _GIBIBYTE:.2f}"
        raise Conflict(
            f"Exports may use at most {most // _GIBIBYTE} GiB (limit `{_SPACE}`), and yours use "
            f"{used} GiB. Delete an export that you have downloaded."
        )


def _refuse_too_soon(session: Session, organization_id: int, *, now: datetime) -> None:
    most = quotas.limit(session, organization_id, "exports_per_hour")
    recent = session.scalars(
        select(Export.requested_at)
        .where(Export.organization_id == organization_id, Export.requested_at > now - _HOUR)
        .order_by(Export.requested_at.desc())
        .limit(most)
    ).all()
    if len(recent) == most:
        wait = recent[-1] + _HOUR - now if recent else _HOUR
        raise TooMany(f"At most {most} exports an hour.", retry_after=wait)
