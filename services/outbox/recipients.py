"""Whom a message goes to: the channels of contacts and groups, of who was told, of the owners."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from domain.alerting import channel_kind
from domain.alerting.alert import ENDS, OPENINGS
from domain.permissions import Role
from models import (
    Channel,
    ContactGroupMember,
    Delivery,
    Incident,
    Membership,
    Monitor,
    MonitorContactGroup,
    User,
)
from models.delivery import LOST
from services.outbox import incident_chains


@dataclass(frozen=True, slots=True)
class Destination:
    """One address to tell, and not before a time if it is not to be disturbed until then.

    What is not a channel of a contact, such as the account of an owner, has no `channel_id`.
    """

    kind: str
    address: str
    channel_id: int | None = None
    not_before: datetime | None = None


def of_contacts(
    session: Session, organization_id: int, contact_ids: Collection[int]
) -> list[Destination]:
    """Return the usable channels of contacts."""
    rows = session.execute(
        select(Channel.kind, Channel.address, Channel.id)
        .where(
            Channel.organization_id == organization_id,
            Channel.contact_id.in_(contact_ids),
            Channel.is_usable(),
        )
        .order_by(Channel.id)
    )
    return [Destination(*row) for row in rows]


def contacts_of_groups(session: Session, monitor: Monitor) -> Sequence[int]:
    """Return the ids of the contacts of a monitor's contact groups, each once."""
    return session.scalars(
        select(ContactGroupMember.contact_id)
        .join(
            MonitorContactGroup,
            MonitorContactGroup.contact_group_id == ContactGroupMember.contact_group_id,
        )
        .where(
            MonitorContactGroup.monitor_id == monitor.id,
            MonitorContactGroup.organization_id == monitor.organization_id,
            ContactGroupMember.organization_id == monitor.organization_id,
        )
        .distinct()
        .order_by(ContactGroupMember.contact_id)
    ).all()


def owed(session: Session, incident: Incident) -> list[Destination]:
    """Return who was told of the outage, or still will be, and not yet of its end.

    What counts is the address that was told, whatever has been edited since. An outage that changed
    its severity is told by several incidents: who was told of any of them is owed the end.
    """
    gone = exists().where(Channel.id == Delivery.channel_id, Channel.disabled_at.is_not(None))
    return _recipients(session, _notified(session, incident).where(~gone))


def still_reached(session: Session, incident: Incident) -> list[Destination]:
    """Return those of whom `owed` speaks that may be told more than they are owed."""
    reached = exists().where(Channel.id == Delivery.channel_id, Channel.is_usable())
    return _recipients(session, _notified(session, incident).where(reached))


def owners(session: Session, organization_id: int) -> list[Destination]:
    """Return the mail addresses that the owners of an organization log in with."""
    addresses = session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, Membership.role == Role.OWNER)
        .order_by(User.id)
    )
    return [Destination(channel_kind.EMAIL, address) for address in addresses]


def _notified(session: Session, incident: Incident) -> Select[str, str, int | None]:
    end = aliased(Delivery)
    over = exists().where(
        end.chain_id == Delivery.chain_id,
        end.kind == Delivery.kind,
        end.address == Delivery.address,
        end.event.in_(ENDS),
        end.id > Delivery.id,
    )
    return (
        select(Delivery.kind, Delivery.address, func.max(Delivery.channel_id))
        .where(
            Delivery.organization_id == incident.organization_id,
            Delivery.chain_id == incident_chains.first(session, incident),
            Delivery.event.in_(OPENINGS),
            Delivery.state.not_in(LOST),
            ~over,
        )
        .group_by(Delivery.kind, Delivery.address)
        .order_by(func.min(Delivery.id))
    )


def _recipients(session: Session, query: Select[str, str, int | None]) -> list[Destination]:
    return [Destination(*row) for row in session.execute(query)]
