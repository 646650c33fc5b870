"""The error budgets that burn now, and how much of each is used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import BurnRate, Slo
from services.slos import status, views
from services.slos.status import SloStatus
from services.slos.views import SloView


@dataclass(frozen=True, slots=True)
class Burning:
    """An SLO whose budget burns `factor` times as fast as its objective allows."""

    view: SloView
    since: datetime
    factor: float
    status: SloStatus


def burning(
    session: Session, organization_id: int, *, now: datetime, limit: int
) -> Sequence[Burning]:
    """Return the budgets that burn, the fastest first, with a constant number of queries."""
    rows = session.execute(
        select(BurnRate, Slo)
        .join(Slo, Slo.id == BurnRate.slo_id)
        .where(BurnRate.organization_id == organization_id)
        .order_by(BurnRate.factor.desc(), BurnRate.since, BurnRate.slo_id)
        .limit(limit)
    ).all()
    slos = [row.Slo for row in rows]
    if not slos:
        return []
    found = status.of(session, organization_id, slos, now=now)
    return [
        Burning(view, row.BurnRate.since, row.BurnRate.factor, found[row.Slo.id])
        for row, view in zip(rows, views.of(session, slos), strict=True)
        if row.Slo.id in found
    ]
