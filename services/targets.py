"""What to probe: the targets of monitors, as the probes want them."""

from collections.abc import Collection
from dataclasses import dataclass

import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor
from probes import registry
from probes.base import Target

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MonitorTarget:
    """A target, and what its results are filed under."""

    organization_id: int
    monitor_id: int
    region_id: int
    version: int
    target: Target


def load(session: Session, monitor_ids: Collection[int]) -> dict[int, MonitorTarget]:
    """Return the targets of those monitors that exist and can be probed.

    For workers, which serve all organizations: the ids come from the dispatcher, never from a user.
    """
    rows = session.scalars(
        select(Monitor).where(Monitor.id.in_(monitor_ids), Monitor.deleted_at.is_(None))
    )
    targets = {}
    for monitor in rows:
        try:
            targets[monitor.id] = _target(monitor)
        except (KeyError, ValidationError):
            # One monitor that this version cannot read must not keep the others from being checked.
            log.exception("monitor_unreadable", monitor_id=monitor.id)
    return targets


def _target(monitor: Monitor) -> MonitorTarget:
    kind = registry.KINDS[monitor.kind]
    return MonitorTarget(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=monitor.region_id,
        version=monitor.version,
        target=Target(
            kind=monitor.kind,
            url=monitor.url,
            timeout_seconds=monitor.timeout_seconds,
            latency_threshold_ms=monitor.latency_threshold_ms,
            settings=kind.settings.model_validate(monitor.settings),
        ),
    )
