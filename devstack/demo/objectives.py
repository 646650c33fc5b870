"""The SLOs of the demo: of the availability and latency of monitors, and of all of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from devstack.demo.planning import ZONE
from devstack.demo.story.past import Watched
from domain.analytics.slo_period import CalendarUnit
from models.slo import Indicator
from services.monitors.views import MonitorView
from services.slos import slos
from services.slos.values import SloValues

_LATENCY = 98.0
_SLOW = 3
"""What is slow takes this many times as long as usual."""


def create(
    session: Session,
    owner: int,
    watched: Sequence[Watched],
    views: Sequence[MonitorView],
    group_id: UUID,
    *,
    now: datetime,
) -> None:
    """Create an SLO of each monitor that has one in the story, and those of several monitors."""
    for each, view in zip(watched, views, strict=True):
        for values in _of_monitor(each, view.monitor.public_id):
            slos.create(session, owner, values, now=now)
    everything = SloValues(
        name="Everything that the shop runs",
        target_percent=97,
        calendar=CalendarUnit.QUARTER,
        time_zone=ZONE,
        contact_group_ids=[group_id],
    )
    slos.create(session, owner, everything, now=now)


def _of_monitor(watched: Watched, monitor_id: UUID) -> Sequence[SloValues]:
    if watched.slo is None:
        return []
    return [
        SloValues(
            name=f"{watched.name}: availability",
            monitor_id=monitor_id,
            target_percent=watched.slo,
        ),
        SloValues(
            name=f"{watched.name}: latency",
            monitor_id=monitor_id,
            indicator=Indicator.LATENCY,
            threshold_ms=round(_SLOW * watched.milliseconds),
            target_percent=_LATENCY,
        ),
    ]
