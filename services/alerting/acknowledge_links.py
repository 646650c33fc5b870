"""The link in a message that acknowledges its incidents without a login."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from domain.alerting.alert import OPENINGS, AlertEvent
from models import AcknowledgeToken, Channel, Contact, Delivery, Incident, Monitor
from models.audit_entry import ActorKind
from models.session import act_for
from security.links import LinkError, short_hash
from services.alerting import acknowledgements
from services.alerting.acknowledgements import Actor
from services.audit import acts as audit
from services.errors import Conflict, NotFound

MOST = 100
"""The most incidents that one request acknowledges, so that it ends in time. The link works again."""


@dataclass(frozen=True, slots=True)
class Reported:
    """An incident that the message reported, and its monitor."""

    incident: Incident
    monitor: Monitor

    @property
    def is_waiting(self) -> bool:
        """Whether it is open, and nobody has acknowledged it."""
        return self.incident.ended_at is None and self.incident.acknowledged_at is None


@dataclass(frozen=True, slots=True)
class AcknowledgePage:
    """The incidents of a link, and the recipient of its message as the one who acknowledges."""

    reported: Sequence[Reported]
    actor: Actor

    @property
    def waiting(self) -> Sequence[Reported]:
        return [each for each in self.reported if each.is_waiting]


def find(session: Session, token: str, *, now: datetime) -> AcknowledgePage:
    """Return the incidents of a link. Changes nothing, because mail scanners follow links too.

    The token authorizes to acknowledge these incidents for its organization, and nothing else. Raise
    `NotFound` for a token that is unknown or expired.
    """
    row = _token(session, token, now=now)
    delivery = session.get_one(Delivery, row.delivery_id)
    own: ColumnElement[bool] = Delivery.id == delivery.id
    members = or_(own, Delivery.digest_id == delivery.id) if row.covers_digest else own
    rows = session.execute(
        select(Incident, Monitor)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(
            Incident.organization_id == row.organization_id,
            Incident.id.in_(
                select(Delivery.incident_id).where(
                    members, Delivery.event.in_(OPENINGS | {AlertEvent.REMINDER})
                )
            ),
        )
        # In the order in which all code locks them.
        .order_by(Incident.monitor_id)
    ).all()
    if not rows:
        raise NotFound("message")
    return AcknowledgePage([Reported(*each) for each in rows], _reader(session, delivery))


def accept(session: Session, token: str, *, now: datetime) -> AcknowledgePage:
    """Acknowledge on behalf of the recipient of the message; a closed incident stays unchanged."""
    page = find(session, token, now=now)
    _declare(session, page)
    for each in page.waiting[:MOST]:
        # An incident may end while this waits for the lock; the page then says so.
        with suppress(Conflict):
            incident = each.incident
            acknowledgements.acknowledge(
                session, incident.organization_id, incident.public_id, by=page.actor, now=now
            )
    return page


def _declare(session: Session, page: AcknowledgePage) -> None:
    """Declare the act of the reader, who has no account."""
    reader = audit.Actor(kind=ActorKind.LINK, label=page.actor.name)
    audit.declare(session, page.reported[0].incident.organization_id, reader)


def _token(session: Session, token: str, *, now: datetime) -> AcknowledgeToken:
    """Return the row of a token, and act for its organization from now on."""
    try:
        wanted = short_hash(token)
    except LinkError:
        raise NotFound("message") from None
    organization_id = session.scalar(select(func.organization_of_acknowledge_token(wanted)))
    if organization_id is None:
        raise NotFound("message")
    act_for(session, organization_id)
    row = session.get(AcknowledgeToken, wanted)
    if row is None or row.expires_at <= now:
        raise NotFound("message")
    return row


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
