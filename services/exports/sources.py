"""Where the rows of an export come from: pages, each with where the next one begins.

A page is some thousand rows at most, or the figures of some days, so that none takes long or much memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Monitor
from services.exports.documents import Row
from services.time_range import Window

PAGE_ROWS = 5000

Position = Mapping[str, Any]
"""Where a page begins: kept as JSON between parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is exported: the history of these monitors in a window; of all without ids."""

    organization_id: int
    window: Window
    monitor_ids: Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Page:
    """`after` is nothing on the last page; `progress` tells how much is done then, up to 1."""

    rows: Sequence[Row]
    after: Position | None
    progress: float


class Source(Protocol):
    def __call__(
        self, session: Session, scope: Scope, after: Position | None, *, now: datetime
    ) -> Page:
        """Return the page after that position, the first one without any."""


def monitors_from(
    session: Session, scope: Scope, first_id: int, *, limit: int
) -> Sequence[Monitor]:
    """Return monitors in the order of their internal ids, also those that were deleted."""
    query = select(Monitor).where(
        Monitor.organization_id == scope.organization_id, Monitor.id >= first_id
    )
    if scope.monitor_ids is not None:
        query = query.where(Monitor.id.in_(scope.monitor_ids))
    return session.scalars(query.order_by(Monitor.id).limit(limit)).all()


def share_of_monitors(session: Session, scope: Scope, before_id: int, *, begun: float) -> float:
    """Tell how much is done once all monitors before that one are, and this share of its own."""
    of_all = select(func.count()).where(Monitor.organization_id == scope.organization_id)
    if scope.monitor_ids is not None:
        of_all = of_all.where(Monitor.id.in_(scope.monitor_ids))
    total = session.execute(of_all).scalar_one()
    done = session.execute(of_all.where(Monitor.id < before_id)).scalar_one()
    return min(1.0, (done + begun) / max(total, 1))
