"""Makes exports part by part under a lease: a kill costs at most one part.

A claim takes an export for one part. Each step renews the lease. It notices if the export was
cancelled, or if another worker took over because the lease ran out. Exports of all organizations
are made alike, by their internal ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from models import Export, ExportPart
from models.export import ExportState
from services.after_commit import hints
from services.exports import checks as export_checks
from services.exports import contents as export_contents
from services.exports import daily as export_daily
from services.exports import incidents as export_incidents
from services.exports.contents import KEPT, Offset
from services.exports.documents import DOCUMENTS, Document
from services.exports.exports import UNFINISHED, most_bytes
from services.exports.formats import FORMATS, Format
from services.exports.sources import Page, Position, Scope, Source
from services.time_range import Window

LEASE = timedelta(seconds=60)
"""Far longer than any step takes."""
MOST_ROWS = 50_000_000
_LOST_AFTER = timedelta(seconds=10)
_MOST_FAILURES = 5

_SOURCES: dict[str, Source] = {
    "checks": export_checks.page,
    "incidents": export_incidents.page,
    "daily": export_daily.page,
}
_GAVE_UP = "The export failed because of an internal error of this service."


class PartClaim(NamedTuple):
    """The export of a part, and the number of earlier claims: a repeated message finds more."""

    export_id: int
    claims: int


class Stopped(Exception):
    """The export was cancelled, or another worker took over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A part that only the caller makes until the lease ends; it begins at `position`."""

    place: Offset
    number: int
    document: Document
    format: Format
    container: str
    recipient: str
    scope: Scope
    position: Position | None
    total_rows: int


@dataclass(frozen=True, slots=True)
class Made:
    """A finished part. `after` is the start of the next one; None after the last."""

    rows: int
    size_bytes: int
    sha256: str
    after: Position | None
    progress: float


def begin(session: Session, turn: PartClaim, *, now: datetime) -> Claim | None:
    """Claim the next part of an export, or return None.

    None means that another worker has it, that the message is repeated, or that no part is left.
    """
    export = session.scalars(
        select(Export)
        .where(
            Export.id == turn.export_id,
            Export.claim == turn.claims,
            Export.state.in_(UNFINISHED),
            Export.lease_until <= now,
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if export is None:
        return None
    if export.failures >= _MOST_FAILURES:
        _fail(session, export, _GAVE_UP, now=now)
        session.flush()
        return None
    export.state, export.lease_until = ExportState.RUNNING, now + LEASE
    export.claim += 1
    # Reset when the part is finished: a worker that dies cannot count itself.
    export.failures += 1
    hints.note(session, export.organization_id, "exports")
    session.flush()
    claim = _claimed(export, _parts(session, export))
    export_contents.drop_unfinished(session, claim.place)
    return claim


def _claimed(export: Export, parts: int) -> Claim:
    window = Window(export.start_at, export.end_at)
    return Claim(
        place=Offset(export.organization_id, export.id, parts + 1),
        number=export.claim,
        document=DOCUMENTS[export.document],
        format=FORMATS[export.format],
        container=export.container,
        recipient=export.recipient,
        scope=Scope(
            organization_id=export.organization_id, window=window, monitor_ids=export.monitor_ids
        ),
        position=export.position,
        total_rows=export.rows,
    )


def read(session: Session, claim: Claim, after: Position | None, *, now: datetime) -> Page:
    """Return the next page of rows. Raise `Stopped` if the claim was lost."""
    page = _SOURCES[claim.document.name](session, claim.scope, after, now=now)
    _renew(session, claim, now=now, progress=page.progress)
    return page


def write(session: Session, claim: Claim, number: int, content: bytes, *, now: datetime) -> None:
    """Store a chunk of the part. Raise `Stopped` if the claim was lost."""
    _renew(session, claim, now=now)
    export_contents.add(session, claim.place, number, content)


def finish_part(session: Session, claim: Claim, made: Made, *, now: datetime) -> bool:
    """Finish the part; return whether there is another. Raise `Stopped` if the claim was lost."""
    export = session.scalars(_held(claim).with_for_update()).one_or_none()
    if export is None:
        raise Stopped
    session.add(
        ExportPart(
            organization_id=claim.place.organization_id,
            export_id=export.id,
            number=claim.place.part,
            rows=made.rows,
            size_bytes=made.size_bytes,
            sha256=made.sha256,
        )
    )
    export.rows += made.rows
    export.size_bytes += made.size_bytes
    export.position = None if made.after is None else dict(made.after)
    export.progress, export.failures, export.lease_until = made.progress, 0, now
    if made.after is None:
        export.state, export.finished_at = ExportState.DONE, now
        export.expires_at = now + KEPT
    elif export.rows >= MOST_ROWS or export.size_bytes >= most_bytes(
        session, export.organization_id
    ):
        problem = "The export would be too large. Ask for a shorter period or fewer monitors."
        _fail(session, export, problem, now=now)
    hints.note(session, export.organization_id, "exports")
    session.flush()
    return export.state is ExportState.RUNNING


def fail(session: Session, claim: Claim, problem: str, *, now: datetime) -> None:
    """End an export that cannot be made, unless another worker took over."""
    export = session.scalars(_held(claim).with_for_update()).one_or_none()
    if export is not None:
        _fail(session, export, problem, now=now)
        session.flush()


def stranded(session: Session, *, now: datetime, limit: int) -> Sequence[PartClaim]:
    """Return unfinished exports that no worker holds: their message or worker may be lost."""
    rows = session.execute(
        select(Export.id, Export.claim)
        .where(Export.state.in_(UNFINISHED), Export.lease_until <= now - _LOST_AFTER)
        .order_by(Export.lease_until)
        .limit(limit)
    )
    return [PartClaim(*row) for row in rows]


def _held(claim: Claim) -> Select[Export]:
    return select(Export).where(
        Export.id == claim.place.export_id,
        Export.claim == claim.number,
        Export.state == ExportState.RUNNING,
    )


def _renew(session: Session, claim: Claim, *, now: datetime, progress: float | None = None) -> None:
    values: dict[str, object] = {"lease_until": now + LEASE}
    if progress is not None:
        # Only a finished export has a progress of 1.
        values["progress"] = min(progress, 0.999)
    renewed = session.execute(
        update(Export)
        .where(
            Export.id == claim.place.export_id,
            Export.claim == claim.number,
            Export.state == ExportState.RUNNING,
        )
        .values(**values)
        .returning(Export.id)
    )
    if renewed.one_or_none() is None:
        raise Stopped


def _parts(session: Session, export: Export) -> int:
    query = select(func.count()).where(ExportPart.export_id == export.id)
    return session.execute(query).scalar_one()


def _fail(session: Session, export: Export, problem: str, *, now: datetime) -> None:
    hints.note(session, export.organization_id, "exports")
    export.state, export.finished_at, export.problem = ExportState.FAILED, now, problem
