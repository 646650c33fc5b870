"""A monitor with people to tell, and an incident of it, for tests of what is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause
from domain.permissions import Role
from models import (
    Channel,
    Contact,
    ContactGroup,
    ContactGroupMember,
    Incident,
    Membership,
    Monitor,
    MonitorContactGroup,
    Organization,
    User,
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
        confirmation_window=2,
        recheck_seconds=10,
        recoveries=1,
    )
    session.add(monitor)
    session.flush()
    if channels:
        notify(session, monitor, *channels)
    return monitor


def notify(session: Session, monitor: Monitor, *channels: Address) -> list[Channel]:
    """Give the monitor one more group, with one contact that has these channels."""
    owner = {"organization_id": monitor.organization_id}
    made = [
        Channel(kind=kind, address=address, confirmed_at=NOW, **owner) for kind, address in channels
    ]
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


def beside(session: Session, monitor: Monitor) -> Monitor:
    """Return one more monitor of the same organization, which tells the same groups."""
    another = watched(session)
    another.organization_id = monitor.organization_id
    session.add_all(
        MonitorContactGroup(
            monitor_id=another.id,
            contact_group_id=group_id,
            organization_id=monitor.organization_id,
        )
        for group_id in group_ids(session, monitor.id)
    )
    session.flush()
    return another


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


def group_ids(session: Session, monitor_id: int) -> Sequence[int]:
    """Return the contact groups of a monitor."""
    return session.scalars(
        select(MonitorContactGroup.contact_group_id).where(
            MonitorContactGroup.monitor_id == monitor_id
        )
    ).all()


def owner_of(session: Session, organization_id: int, email: str) -> User:
    """Give the organization one more owner."""
    user = User(email=email, password_hash="x")
    session.add(user)
    session.flush()
    session.add(Membership(organization_id=organization_id, user_id=user.id, role=Role.OWNER))
    session.flush()
    return user
