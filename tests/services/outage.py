"""A monitor with people to tell, and an incident of it, for tests of what is told."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from domain.outcome import Cause
from models import (
    Channel,
    Contact,
    ContactGroup,
    ContactGroupMember,
    Incident,
    Monitor,
    MonitorContactGroup,
    Organization,
)
from models.incident import Resolution

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EMAIL = ("email", "ann@example.org")
SMS = ("sms", "+4915112345678")
Address = tuple[str, str]


def watched(session: Session, *channels: Address, name: str = "Shop") -> Monitor:
    """Return a monitor of a new organization, with one group of these channels."""
    organization = Organization(name="Test")
    session.add(organization)
    session.flush()
    monitor = Monitor(
        organization_id=organization.id,
        name=name,
        kind="http",
        url="https://shop.example/",
        settings={},
        interval_seconds=60,
        timeout_seconds=10,
        confirmations=2,
        recheck_seconds=10,
        recoveries=1,
    )
    session.add(monitor)
    session.flush()
    if channels:
        tell(session, monitor, *channels)
    return monitor


def tell(session: Session, monitor: Monitor, *channels: Address) -> list[Channel]:
    """Give the monitor one more group, with one contact that has these channels."""
    owner = {"organization_id": monitor.organization_id}
    made = [Channel(kind=kind, address=address, **owner) for kind, address in channels]
    contact = Contact(name="Ann", channels=made, **owner)
    group = ContactGroup(name=f"Group {uuid4()}", **owner)
    session.add_all([contact, group])
    session.flush()
    session.add_all(
        [
            ContactGroupMember(contact_group_id=group.id, contact_id=contact.id, **owner),
            MonitorContactGroup(monitor_id=monitor.id, contact_group_id=group.id, **owner),
        ]
    )
    session.flush()
    return made


def broken(session: Session, monitor: Monitor, *, now: datetime = NOW) -> Incident:
    incident = Incident(
        organization_id=monitor.organization_id,
        monitor_id=monitor.id,
        started_at=now - timedelta(seconds=70),
        confirmed_at=now,
        cause=Cause.STATUS,
        detail="Answered 500 Internal Server Error, expected 200-299.",
    )
    session.add(incident)
    session.flush()
    return incident


def end(session: Session, incident: Incident, *, at: datetime) -> None:
    incident.ended_at = at
    incident.resolution = Resolution.RECOVERED
    session.flush()
