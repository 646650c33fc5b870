"""Sources of an export's rows: pages, each with the start of the next one.

A page has a few thousand rows at most, or the metrics of some days, which bounds its time and
memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Monitor
from services.archive.rows.reading import Archived
from services.exports.documents import Row
from services.time_range import Window

PAGE_ROWS = 5000

Position = Mapping[str, Any]
"""The start of a page, stored as JSON between parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is exported: the history of these monitors, or of all if None, in a window.

    `archived` has what was read of the archive for the next page.
    """

    organization_id: int
    window: Window
    monitor_ids: Sequence[int] | None
    archived: Archived = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Page:
    """`after` is None on the last page; `progress` is the share done after it, up to 1."""

    rows: Sequence[Row]
    after: Position | None
    progress: float


class Source(Protocol):
    def __call__(
        self, session: Session, scope: Scope, after: Position | None, *, now: datetime
    ) -> Page:
        """Return the page after that position; the first one without a position.

        Raise `NeedsArchive` for what has to be read of the archive.
        """


def monitors_from(
    session: Session, scope: Scope, first_id: int, *, limit: int
) -> Sequence[Monitor]:
    """Return monitors in the order of their internal ids, including deleted ones."""
    query = select(Monitor).where(
        Monitor.organization_id == scope.organization_id, Monitor.id >= first_id
    )
    if scope.monitor_ids is not None:
        query = query.where(Monitor.id.in_(scope.monitor_ids))
    return session.scalars(query.order_by(Monitor.id).limit(limit)).all()


def share_of_monitors(session: Session, scope: Scope, before_id: int, *, begun: float) -> float:
    """Return the progress once all earlier monitors and the share `begun` of this one are done."""
    of_all = select(func.count()).where(Monitor.organization_id == scope.organization_id)
    if scope.monitor_ids is not None:
        of_all = of_all.where(Monitor.id.in_(scope.monitor_ids))
    total = session.execute(of_all).scalar_one()
    done = session.execute(of_all.where(Monitor.id < before_id)).scalar_one()
    return min(1.0, (done + begun) / max(total, 1))
