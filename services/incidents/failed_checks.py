"""The failed checks that confirmed an incident: how many, from where, with which HTTP status."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation import heartbeat
from domain.evaluation.outcome import Outcome
from domain.evaluation.state import Severity
from models import CheckResult, Incident, Monitor, Region

_MOST = 50
"""The most checks that are looked at."""


@dataclass(frozen=True, slots=True)
class FailedChecks:
    """`regions` are names, in the order of their first failure. It is empty once rows are gone."""

    count: int = 0
    regions: tuple[str, ...] = ()
    http_status: int | None = None


def of(session: Session, monitor: Monitor, incident: Incident) -> FailedChecks:
    """Return the failed checks from the start of an incident to its confirmation.

    They do not change any more, so each attempt to send a message says the same. A heartbeat is not
    checked.
    """
    if monitor.kind == heartbeat.KIND:
        return FailedChecks()
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
    return FailedChecks(
        count=len(rows),
        regions=tuple(dict.fromkeys(row.name for row in rows)),
        http_status=statuses[-1] if statuses else None,
    )
