"""What a message states of an incident, whether it is sent or only previewed."""

from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import Alert
from domain.evaluation import heartbeat
from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.state import Severity
from models import CheckResult, Incident, Monitor, Region

_MOST = 50
"""The most checks that are looked at."""


@dataclass(frozen=True, slots=True)
class _FailedChecks:
    """`regions` are names, in the order of their first failure. It is empty once rows are gone."""

    count: int = 0
    regions: tuple[str, ...] = ()
    http_status: int | None = None


def with_incident(session: Session, alert: Alert, monitor: Monitor, incident: Incident) -> Alert:
    """Return the alert with the cause, the beginning and the failed checks of an incident."""
    checks = _failed_checks(session, monitor, incident)
    return replace(
        alert,
        incident_id=str(incident.public_id),
        cause=incident.detail,
        cause_code=incident.cause.word,
        http_status=checks.http_status,
        failures=checks.count,
        regions=checks.regions,
        is_authorization=incident.cause is Cause.AUTHORIZATION,
        is_degraded=incident.severity is Severity.DEGRADED,
        started_at=incident.started_at,
    )


def _failed_checks(session: Session, monitor: Monitor, incident: Incident) -> _FailedChecks:
    """Return the failed checks from the start of an incident to its confirmation.

    They do not change any more, so each attempt to send a message says the same. A heartbeat is not
    checked.
    """
    if monitor.kind == heartbeat.KIND:
        return _FailedChecks()
    failed = [Outcome.DOWN]
    if incident.severity is Severity.DEGRADED:
        failed.append(Outcome.DEGRADED)
    rows = session.execute(
        select(CheckResult.http_status, Region.name)
        .join(Region, Region.id == CheckResult.region_id)
        .where(
            CheckResult.monitor_id == monitor.id,
            CheckResult.organization_id == monitor.organization_id,
            CheckResult.slot >= int(incident.started_at.timestamp()),
            CheckResult.slot <= int(incident.confirmed_at.timestamp()),
            CheckResult.outcome.in_(failed),
        )
        .order_by(CheckResult.slot, CheckResult.region_id)
        .limit(_MOST)
    ).all()
    statuses = [row.http_status for row in rows if row.http_status]
    return _FailedChecks(
        count=len(rows),
        regions=tuple(dict.fromkeys(row.name for row in rows)),
        http_status=statuses[-1] if statuses else None,
    )
