"""The recipients of messages: contacts, groups, those notified before, owners."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
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
    Slo,
    SloContactGroup,
    User,
)
from models.delivery import LOST
from models.session import of_whole_organization
from services.outbox import incident_chains


@dataclass(frozen=True, slots=True)
class Destination:
    """One address to notify, not before `not_before` if that is set.

    An address without a channel, such as the login address of an owner, has no `channel_id`.
    """

    kind: str
    address: str
    channel_id: int | None = None
    not_before: datetime | None = None


@of_whole_organization
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


@of_whole_organization
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


def groups_of_slos(session: Session, slo_keys: Collection[int]) -> dict[int, frozenset[int]]:
    """Return the keys of the contact groups of SLOs; one without any has no entry."""
    rows = session.execute(
        select(SloContactGroup.slo_id, SloContactGroup.contact_group_id).where(
            SloContactGroup.slo_id.in_(slo_keys)
        )
    )
    return _collected((row[0], row[1]) for row in rows)


def groups_of_monitors(
    session: Session, monitor_keys: Collection[int]
) -> dict[int, frozenset[int]]:
    """Return the keys of the contact groups of monitors; one without any has no entry."""
    rows = session.execute(
        select(MonitorContactGroup.monitor_id, MonitorContactGroup.contact_group_id).where(
            MonitorContactGroup.monitor_id.in_(monitor_keys)
        )
    )
    return _collected((row[0], row[1]) for row in rows)


def _collected(rows: Iterable[tuple[int, int]]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for key, group in rows:
        found[key].add(group)
    return {key: frozenset(groups) for key, groups in found.items()}


@of_whole_organization
def contacts_of_slo(session: Session, slo: Slo) -> Sequence[int]:
    """Return the ids of the contacts of the contact groups of an SLO, each once."""
    return session.scalars(
        select(ContactGroupMember.contact_id)
        .join(
            SloContactGroup,
            SloContactGroup.contact_group_id == ContactGroupMember.contact_group_id,
        )
        .where(
            SloContactGroup.slo_id == slo.id,
            SloContactGroup.organization_id == slo.organization_id,
            ContactGroupMember.organization_id == slo.organization_id,
        )
        .distinct()
        .order_by(ContactGroupMember.contact_id)
    ).all()


@of_whole_organization
def owed(session: Session, incident: Incident) -> list[Destination]:
    """Return the addresses that were or will be notified of the outage, and not yet of its end.

    The notified address counts, whatever was edited since. If the severity changed, an outage has
    several incidents: an address notified of any of them is owed the recovery.
    """
    gone = exists().where(Channel.id == Delivery.channel_id, Channel.disabled_at.is_not(None))
    return _recipients(session, _notified(session, incident).where(~gone))


@of_whole_organization
def still_reached(session: Session, incident: Incident) -> list[Destination]:
    """Return the addresses notified of the outage whose channels may receive further messages."""
    reached = exists().where(Channel.id == Delivery.channel_id, Channel.is_usable())
    return _recipients(session, _notified(session, incident).where(reached))


def owners(session: Session, organization_id: int) -> list[Destination]:
    """Return the login addresses of the owners of an organization."""
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
