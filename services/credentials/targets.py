"""The targets of monitors, in the form that the probes need."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor
from probes import registry
from probes.auth.base import Credential
from probes.base import Target
from services.credentials.unsealed import OpenCredentials

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class MonitorTarget:
    """A target, and the identity of its results."""

    organization_id: int
    monitor_id: int
    version: int
    interval_seconds: int
    target: Target


def load(
    session: Session, monitor_ids: Collection[int], unsealed: OpenCredentials
) -> dict[int, MonitorTarget]:
    """Return the targets of those monitors that exist and can be probed.

    For workers, which serve all organizations: the ids come from the dispatcher, never from a user.
    """
    rows = session.scalars(
        select(Monitor).where(Monitor.id.in_(monitor_ids), Monitor.deleted_at.is_(None))
    )
    credentials = unsealed.of(session, monitor_ids)
    targets = {}
    for monitor in rows:
        own = credentials.get(monitor.id, ())
        if own is None:
            continue  # Logged already; without its credentials it would be a different check.
        try:
            targets[monitor.id] = _target(monitor, own)
        except (KeyError, ValidationError):
            # Settings that this version cannot read must not keep other monitors from being
            # checked.
            log.exception("monitor_unreadable", monitor_id=monitor.id)
    return targets


def find(session: Session, public_id: uuid.UUID, unsealed: OpenCredentials) -> MonitorTarget | None:
    """Return the target of one monitor by its public id, for the operator."""
    monitor_id = session.scalar(select(Monitor.id).where(Monitor.public_id == public_id))
    return load(session, [monitor_id], unsealed).get(monitor_id) if monitor_id else None


def _target(monitor: Monitor, credentials: tuple[Credential, ...]) -> MonitorTarget:
    kind = registry.KINDS[monitor.kind]
    return MonitorTarget(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        version=monitor.version,
        interval_seconds=monitor.interval_seconds,
        target=Target(
            kind=monitor.kind,
            url=monitor.url,
            timeout_seconds=monitor.timeout_seconds,
            latency_threshold_ms=monitor.latency_threshold_ms,
            settings=kind.settings.model_validate(monitor.settings),
            credentials=credentials,
            organization=monitor.organization_id,
        ),
    )
