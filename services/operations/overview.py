"""The whole system in numbers, for its operator; organizations do not see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from models import DispatchShard
from models.delivery import OPEN, DeliveryState
from services.checks import dispatch_stalls
from services.checks.dispatch_stalls import Totals
from services.operations import system_counts
from services.rollups import progress as rollup_progress
from services.schedules import regions

_WAITED_FOR = dict.fromkeys((*OPEN, DeliveryState.DEAD), 0)


@dataclass(frozen=True, slots=True)
class Lags:
    """How many seconds the slowest shard is behind in each of its three tasks."""

    published: float
    verified: float
    closed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    monitors: dict[DisplayStatus, int]
    deliveries: dict[DeliveryState, int]
    """The deliveries that somebody waits for: those under way, and dead letters."""
    lags: Lags
    unknown_slots: int
    """The checks of the last hour that are unknown."""
    stalls: Totals
    stray_rows: int
    """The rows outside of the day partitions, whose partition was not created in time."""
    rollup_age: float
    """The seconds since the end of the last hour that is rolled up: an hour, and a few minutes."""
    refused_hours: int
    """The hours that got a row too late for their roll-ups."""
    unarchived: float
    """The seconds since the end of the oldest day that is not in the archive yet; 0: none."""
    regions: Sequence[str]


def lags(session: Session, *, now: datetime) -> Lags:
    """Return how many seconds the slowest shard is behind, for each of its marks."""
    columns = (DispatchShard.watermark, DispatchShard.verified, DispatchShard.closed)
    slowest = session.execute(select(*map(func.min, columns))).one()
    return Lags(*(now.timestamp() - moment for moment in slowest))


def overview(session: Session, *, now: datetime) -> Overview:
    """Count over all organizations; `unknown_slots` are those of the last hour."""
    return Overview(
        monitors=system_counts.monitors(session, now=now),
        deliveries=_WAITED_FOR | system_counts.deliveries(session),
        lags=lags(session, now=now),
        unknown_slots=system_counts.unknown_slots(session, since=int(now.timestamp()) - 3600),
        stalls=dispatch_stalls.totals(session),
        stray_rows=system_counts.stray_rows(session),
        rollup_age=now.timestamp() - rollup_progress.until(session),
        refused_hours=rollup_progress.refused_hours(session),
        unarchived=system_counts.unarchived_seconds(session, now=now),
        regions=list(regions.names(session).values()),
    )
