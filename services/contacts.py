"""Contacts: whom to tell, and by which channels."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, selectinload

from models import Channel, Contact
from models.contact import ChannelKind
from services import pages
from services.addresses import email_address, phone_number
from services.errors import Invalid, NotFound

_NORMAL = {ChannelKind.EMAIL: email_address, ChannelKind.SMS: phone_number}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelValues:
    kind: ChannelKind
    address: str


def create(
    session: Session,
    organization_id: int,
    *,
    name: str,
    channels: Sequence[ChannelValues],
    now: datetime,
) -> Contact:
    contact = Contact(organization_id=organization_id, name=name, created_at=now, updated_at=now)
    contact.channels = _channels(organization_id, channels, now=now)
    session.add(contact)
    session.flush()
    return contact


def find(session: Session, organization_id: int, contact_id: uuid.UUID) -> Contact:
    contact = session.scalars(
        select(Contact)
        .where(Contact.organization_id == organization_id, Contact.public_id == contact_id)
        .options(selectinload(Contact.channels))
    ).one_or_none()
    if contact is None:
        raise NotFound("contact")
    return contact


def page(session: Session, organization_id: int, request: pages.PageRequest) -> pages.Page[Contact]:
    """List contacts by name."""
    query = select(Contact).where(Contact.organization_id == organization_id)
    if request.cursor is not None:
        after = pages.position("contacts", request.cursor, str, uuid.UUID)
        query = query.where(tuple_(Contact.name, Contact.public_id) > tuple_(*after))
    rows = session.scalars(
        query.order_by(Contact.name, Contact.public_id)
        .limit(request.limit + 1)
        .options(selectinload(Contact.channels))
    ).all()
    return pages.cut(
        rows,
        request.limit,
        lambda contact: pages.cursor("contacts", contact.name, contact.public_id),
    )


def change(
    session: Session,
    organization_id: int,
    contact_id: uuid.UUID,
    *,
    name: str | None = None,
    channels: Sequence[ChannelValues] | None = None,
    now: datetime,
) -> Contact:
    """Change what is given. Given channels replace all; one that stays the same keeps its id."""
    contact = find(session, organization_id, contact_id)
    contact.name = contact.name if name is None else name
    contact.updated_at = now
    if channels is not None:
        kept = {(channel.kind, channel.address): channel for channel in contact.channels}
        contact.channels = [
            kept.get((channel.kind, channel.address), channel)
            for channel in _channels(organization_id, channels, now=now)
        ]
    session.flush()
    return contact


def delete(session: Session, organization_id: int, contact_id: uuid.UUID) -> None:
    contact = find(session, organization_id, contact_id)
    session.execute(delete_rows(Contact).where(Contact.id == contact.id))


def keys(
    session: Session, organization_id: int, contact_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of those contacts that there are, by public id."""
    rows = session.execute(
        select(Contact.public_id, Contact.id).where(
            Contact.organization_id == organization_id, Contact.public_id.in_(set(contact_ids))
        )
    )
    return dict(rows.all())


def _channels(
    organization_id: int, wanted: Sequence[ChannelValues], *, now: datetime
) -> list[Channel]:
    """Make the channels, each address as it is sent to, and each only once."""
    problems: dict[str, list[str]] = {}
    addresses: dict[tuple[ChannelKind, str], None] = {}
    for index, channel in enumerate(wanted):
        try:
            addresses[channel.kind, _NORMAL[channel.kind](channel.address)] = None
        except ValueError as error:
            problems[f"channels.{index}.address"] = [str(error)]
    if problems:
        raise Invalid(problems)
    return [
        Channel(
            organization_id=organization_id,
            kind=kind.value,
            address=address,
            created_at=now,
            updated_at=now,
        )
        for kind, address in addresses
    ]
