"""The link in a message that acknowledges its incident without a login."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Channel, Contact, Delivery, Incident, Monitor, Organization
from security.links import Subject
from services.alerting import acknowledgements
from services.alerting.acknowledgements import Actor
from services.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class AcknowledgePage:
    """The incident of a link, and the recipient of its message."""

    incident: Incident
    monitor: Monitor
    actor: Actor


def find(session: Session, subject: Subject) -> AcknowledgePage:
    """Return the incident of a link. Changes nothing, because mail scanners follow links too."""
    row = session.execute(
        select(Delivery, Incident, Monitor)
        .join(Organization, Organization.id == Delivery.organization_id)
        .join(Incident, Incident.id == Delivery.incident_id)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(
            Organization.public_id == subject.organization_id,
            Delivery.public_id == subject.id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound("message")
    return AcknowledgePage(row.Incident, row.Monitor, _reader(session, row.Delivery))


def accept(session: Session, subject: Subject, *, now: datetime) -> AcknowledgePage:
    """Acknowledge on behalf of the recipient of the message; a closed incident stays unchanged."""
    invitation = find(session, subject)
    incident = invitation.incident
    # The incident may end while this waits for the lock; the page then says so.
    with suppress(Conflict):
        acknowledgements.acknowledge(
            session, incident.organization_id, incident.public_id, by=invitation.actor, now=now
        )
    return invitation


def _reader(session: Session, delivery: Delivery) -> Actor:
    """Return the contact of the channel of a message, or its address if there is none."""
    notified = (delivery.kind, delivery.address)
    contact = session.scalars(
        select(Contact)
        .join(Channel, Channel.contact_id == Contact.id)
        .where(Channel.id == delivery.channel_id)
    ).one_or_none()
    if contact is None:
        return Actor(name=delivery.address, addresses=frozenset({notified}))
    own = {(channel.kind, channel.address) for channel in contact.channels}
    return Actor(name=contact.name, addresses=frozenset({notified, *own}))
