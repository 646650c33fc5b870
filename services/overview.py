"""The whole system in numbers, for its operator: no organization sees these."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text, union_all
from sqlalchemy.orm import Session

from domain.shown_state import ShownState
from models import Delivery, DispatchShard, Monitor, MonitorState
from models.delivery import OPEN, DeliveryState
from services import dispatch_stalls, maintenance, regions
from services.dispatch_stalls import Totals


@dataclass(frozen=True, slots=True)
class Lags:
    """How many seconds the slowest shard is behind with each of its three tasks."""

    published: float
    verified: float
    closed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    monitors: dict[ShownState, int]
    deliveries: dict[DeliveryState, int]
    """Those that somebody waits for: what is on its way, and what could not be sent."""
    lags: Lags
    unknown_slots: int
    """Checks of the last hour of which nothing is known."""
    stalls: Totals
    stray_rows: int
    """Rows outside of the day partitions: their partition was not made in time."""
    regions: Sequence[str]


def lags(session: Session, *, now: datetime) -> Lags:
    """Return by how many seconds the slowest shard is behind, in each of its marks."""
    columns = (DispatchShard.watermark, DispatchShard.verified, DispatchShard.closed)
    slowest = session.execute(select(*map(func.min, columns))).one()
    return Lags(*(now.timestamp() - moment for moment in slowest))


def overview(session: Session, *, now: datetime) -> Overview:
    """Count over all organizations; `unknown_slots` are those of the last hour."""
    return Overview(
        monitors=_monitors(session, now=now),
        deliveries=_deliveries(session),
        lags=lags(session, now=now),
        unknown_slots=session.execute(
            _UNKNOWN, {"since": int(now.timestamp()) - 3600}
        ).scalar_one(),
        stalls=dispatch_stalls.totals(session),
        stray_rows=session.execute(_STRAY).scalar_one(),
        regions=list(regions.names(session).values()),
    )


def _monitors(session: Session, *, now: datetime) -> dict[ShownState, int]:
    """Count by what is shown; who is in maintenance is looked for only where a window runs."""
    counts = session.execute(
        select(MonitorState.state, func.count())
        .join(Monitor, Monitor.id == MonitorState.monitor_id)
        .where(Monitor.deleted_at.is_(None))
        .group_by(MonitorState.state)
    )
    found = {ShownState(state): count for state, count in counts.all()}
    monitors = dict.fromkeys(ShownState, 0) | found
    for state, count in maintenance.counts(session, now=now).items():
        monitors[ShownState(state)] -= count
        monitors[ShownState.MAINTENANCE] += count
    return monitors


def _deliveries(session: Session) -> dict[DeliveryState, int]:
    """Count by index: of what was sent there is too much to be looked through at each scrape."""
    count = select(Delivery.state, func.count()).group_by(Delivery.state)
    dead = DeliveryState.DEAD
    rows = session.execute(
        union_all(count.where(Delivery.state.in_(OPEN)), count.where(Delivery.state == dead))
    )
    return dict.fromkeys((*OPEN, dead), 0) | dict(rows.all())


# By way of the explanations, which unknown rows have and most others have not: the rows of an hour
# are many, and no index leads to them by time alone.
_UNKNOWN = text("""
    SELECT count(*) FROM check_failures f
    JOIN check_results r USING (monitor_id, slot, region_id)
    WHERE f.slot >= :since AND r.slot >= :since AND r.outcome = CAST(9 AS "char")
""")

_STRAY = text(
    "SELECT (SELECT count(*) FROM check_results_default)"
    " + (SELECT count(*) FROM check_failures_default)"
)
