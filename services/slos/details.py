"""One SLO with its status and history."""

import uuid
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from services.slos import status, views
from services.slos.status import SloHistory, SloStatus
from services.slos.views import SloView


@dataclass(frozen=True, slots=True, kw_only=True)
class SloDetail(SloView):
    """An SLO with what was measured in its present period."""

    status: SloStatus
    history: SloHistory

    @property
    def begins_at(self) -> datetime:
        return datetime.fromtimestamp(self.status.period.start, UTC)

    @property
    def ends_at(self) -> datetime:
        return datetime.fromtimestamp(self.status.period.end, UTC)


def find(session: Session, organization_id: int, slo_id: uuid.UUID, *, now: datetime) -> SloDetail:
    """Return an SLO with its status.

    Raise `NotFound` if there is none, and `Invalid` if it covers too much to be measured.
    """
    return of(session, views.find(session, organization_id, slo_id), now=now)


def of(session: Session, view: SloView, *, now: datetime) -> SloDetail:
    """Add the status and the history to an SLO."""
    slo = view.slo
    found = status.of(session, slo.organization_id, [slo], now=now)[slo.id]
    return SloDetail(
        **{each.name: getattr(view, each.name) for each in fields(SloView)},
        status=found,
        history=status.history(session, slo, found, now=now),
    )
