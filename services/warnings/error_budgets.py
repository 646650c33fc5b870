"""The error budgets that burn now, and how much of each is used."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.burn_rate import Objective
from domain.analytics.report import History
from domain.analytics.uptime import Span, uptime
from models import BurnRate, Monitor
from services.analytics.uptime import histories
from services.time_range import Window


@dataclass(frozen=True, slots=True)
class Burning:
    """A monitor whose budget burns `factor` times as fast as its objective allows."""

    monitor: Monitor
    since: datetime
    factor: float
    budget: float
    """The seconds of the period of the objective that may be down."""
    used: float


def burning(session: Session, organization_id: int, *, now: datetime, limit: int) -> list[Burning]:
    """Return the budgets that burn, the fastest first, with a constant number of queries."""
    rows = session.execute(
        select(BurnRate, Monitor)
        .join(Monitor, Monitor.id == BurnRate.monitor_id)
        .where(
            BurnRate.organization_id == organization_id,
            Monitor.deleted_at.is_(None),
            Monitor.slo_target.is_not(None),
        )
        .order_by(BurnRate.factor.desc(), BurnRate.since, BurnRate.monitor_id)
        .limit(limit)
    ).all()
    if not rows:
        return []
    monitors = [row.Monitor for row in rows]
    longest = timedelta(days=max(monitor.slo_days or 0 for monitor in monitors))
    window = Window(now - longest, now)
    found = histories(session, organization_id, monitors, window, now=now)
    return [_burning(*row, found[row.Monitor.id], now=now) for row in rows]


def _burning(row: BurnRate, monitor: Monitor, happened: History, *, now: datetime) -> Burning:
    objective = Objective(monitor.slo_target or 0, monitor.slo_days or 0)
    start = now - timedelta(days=objective.days)
    known = uptime(
        Span(start.timestamp(), now.timestamp()),
        monitored=happened.monitored,
        down=[Span(each.start, each.end) for each in happened.outages],
        unknown=happened.unknown,
        maintenance=happened.maintenance,
    )
    return Burning(monitor, row.since, row.factor, objective.budget, known.down)
