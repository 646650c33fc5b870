"""Monitors, made as a user makes them, and what checks left behind."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.slots import FOREVER
from domain.permissions import PERMISSIONS, Role
from models import CheckFailure, CheckResult, Incident, Monitor
from models.incident import Resolution
from probes.base import ProbeResult
from services.evaluation import blind_spans
from services.evaluation.results import Observed
from services.monitors import monitors
from services.monitors.values import MonitorValues
from tests.factories.keys import RING


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def monitor(session: Session, organization_id: int, *, now: datetime, **values: Any) -> Monitor:  # noqa: ANN401
    given = {"name": "Shop", "url": "https://shop.test/", **values}
    wanted = MonitorValues(**given)
    own = PERMISSIONS[Role.OWNER]
    return monitors.create(session, organization_id, wanted, ring=RING, now=now, own=own).monitor


def check(
    session: Session,
    of: Monitor,
    slot: int,
    outcome: Outcome = Outcome.UP,
    *,
    detail: str = "",
    **values: Any,  # noqa: ANN401 - columns
) -> CheckResult:
    key = {"monitor_id": of.id, "slot": slot, "region_id": 1, "organization_id": of.organization_id}
    usual = {
        "cause": Cause.NONE,
        "http_status": 200 if outcome is Outcome.UP else 0,
        "dns_ms": 1,
        "connect_ms": 2,
        "tls_ms": 3,
        "first_byte_ms": 15,
        "total_us": 20_000,
    }
    row = CheckResult(**key, outcome=outcome, **{**usual, **values})
    session.add(row)
    if detail:
        session.add(CheckFailure(**key, detail=detail))
    session.flush()
    observed = Observed(**key, version=None, result=ProbeResult(outcome=outcome))
    blind_spans.note(session, [observed], {of.id: FOREVER})
    return row


def incident(
    session: Session, of: Monitor, *, started_at: datetime, ended_at: datetime | None = None
) -> Incident:
    row = Incident(
        organization_id=of.organization_id,
        monitor_id=of.id,
        started_at=started_at,
        confirmed_at=started_at,
        ended_at=ended_at,
        resolution=Resolution.RECOVERED if ended_at else None,
        cause=Cause.STATUS,
        detail="Answered 500.",
    )
    session.add(row)
    session.flush()
    return row


def end(incident: Incident, *, at: datetime) -> None:
    incident.ended_at = at
    incident.resolution = Resolution.RECOVERED
