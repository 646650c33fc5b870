"""A watched monitor with everything around it, for tests of recording and dispatch."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.slots import phase_of, shard_of
from models import (
    Channel,
    CheckResult,
    Contact,
    ContactGroup,
    ContactGroupMember,
    Monitor,
    MonitorContactGroup,
    MonitorState,
    Organization,
    Schedule,
)
from probes.base import ProbeResult
from services.evaluation.results import Observed

DOWN = ProbeResult(
    outcome=Outcome.DOWN, cause=Cause.STATUS, detail="Answered 500.", http_status=500
)
UP = ProbeResult(outcome=Outcome.UP, http_status=200)
UNKNOWN = ProbeResult(outcome=Outcome.UNKNOWN, cause=Cause.INTERNAL, detail="Ours.")


def at(slot: int) -> datetime:
    return datetime.fromtimestamp(slot, UTC)


def watch(session: Session, *, from_slot: int, interval: int = 60, **values: object) -> Monitor:
    """Make a monitor of a new organization, told by email and SMS, watched from a slot on."""
    organization = Organization(name="Shop")
    session.add(organization)
    session.flush()
    monitor = Monitor(
        organization_id=organization.id,
        name="Front page",
        kind="http",
        url="http://127.0.0.1:9/",
        settings={},
        interval_seconds=interval,
        timeout_seconds=4,
        **{"confirmations": 2, "recheck_seconds": 10, "recoveries": 1, **values},
        confirmation_window=max(2, int(str(values.get("confirmations", 2)))),
    )
    session.add(monitor)
    session.flush()
    session.add_all(
        [
            MonitorState(
                monitor_id=monitor.id, organization_id=organization.id, since=at(from_slot)
            ),
            Schedule(
                monitor_id=monitor.id,
                organization_id=organization.id,
                from_slot=from_slot,
                shard=shard_of(monitor.id),
                interval_seconds=interval,
                phase=phase_of(monitor.id, interval),
                region_ids=[1],
            ),
        ]
    )
    _notify(session, monitor)
    return monitor


def _notify(session: Session, monitor: Monitor) -> None:
    organization_id = monitor.organization_id
    contact = Contact(organization_id=organization_id, name="Ada")
    contact.channels = [
        Channel(organization_id=organization_id, kind=kind, address=address, confirmed_at=at(0))
        for kind, address in (("email", "ada@example.test"), ("sms", "+4915112345678"))
    ]
    group = ContactGroup(organization_id=organization_id, name="On call")
    session.add_all([contact, group])
    session.flush()
    session.add_all(
        [
            ContactGroupMember(
                organization_id=organization_id, contact_group_id=group.id, contact_id=contact.id
            ),
            MonitorContactGroup(
                organization_id=organization_id, contact_group_id=group.id, monitor_id=monitor.id
            ),
        ]
    )
    session.flush()


def observe(
    monitor: Monitor, slot: int, result: ProbeResult, *, version: int | None = 1
) -> Observed:
    return Observed(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        region_id=1,
        slot=slot,
        version=version,
        result=result,
    )


def rows_of(session: Session, monitor: Monitor) -> dict[int, Outcome]:
    session.expire_all()
    found = session.query(CheckResult).filter_by(monitor_id=monitor.id)
    return {row.slot: row.outcome for row in found}
