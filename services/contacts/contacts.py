"""Contacts: whom to notify, through which channels, and when not to disturb them."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TypedDict

from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, select, union
from sqlalchemy.orm import Session, selectinload

from domain.evaluation.state import Severity
from models import Channel, Contact, OnCallOverride, OnCallSchedule, OnCallTurn
from services import cron, lookup, pagination, quotas
from services.contacts import channels
from services.contacts.channels import ChannelValues
from services.contacts.limits import ContactLimits
from services.errors import Conflict, Invalid, NotFound

_BY_NAME = pagination.Order(scope="contacts", columns=(Contact.name, Contact.public_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """Local times, and the severity that disturbs even then."""

    begin: time
    end: time
    severity: Severity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactValues:
    name: str
    channels: Sequence[ChannelValues] = ()
    time_zone: str = "UTC"
    quiet_hours: QuietHours | None = None


class ContactChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    channels: Sequence[ChannelValues]
    time_zone: str
    quiet_hours: QuietHours | None


def create(
    session: Session,
    organization_id: int,
    values: ContactValues,
    *,
    limits: ContactLimits,
    now: datetime,
) -> Contact:
    """Create a contact with its channels, and ask for the opt-in of personal addresses.

    Raise `Conflict` if the quota is used up, and `Invalid` by the path of each wrong field.
    """
    quotas.take(session, organization_id, "contacts")
    contact = Contact(organization_id=organization_id, created_at=now, channels=[])
    given: ContactChanges = {
        "name": values.name,
        "time_zone": values.time_zone,
        "quiet_hours": values.quiet_hours,
    }
    _put(contact, given, now=now)
    session.add(contact)
    session.flush()
    channels.replace(session, contact, values.channels, limits=limits, now=now)
    return contact


def find(session: Session, organization_id: int, contact_id: uuid.UUID) -> Contact:
    """Return a contact with its channels, read again. Raise `NotFound` if there is none."""
    contact = session.scalars(
        select(Contact)
        .where(Contact.organization_id == organization_id, Contact.public_id == contact_id)
        .options(selectinload(Contact.channels))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if contact is None:
        raise NotFound("contact")
    return contact


def locked(session: Session, organization_id: int, contact_id: uuid.UUID) -> Contact:
    """Return a contact, locked against changes until the commit."""
    lookup.changing(session, Contact, organization_id, contact_id, "contact")
    return find(session, organization_id, contact_id)


def page(
    session: Session, organization_id: int, request: pagination.PageRequest, *, text: str = ""
) -> pagination.Page[Contact]:
    """List contacts by name; with a text, those with it in their name or an address."""
    query = select(Contact).where(Contact.organization_id == organization_id)
    if text:
        reached = exists().where(
            Channel.contact_id == Contact.id,
            Channel.deleted_at.is_(None),
            Channel.address.icontains(text, autoescape=True),
        )
        query = query.where(Contact.name.icontains(text, autoescape=True) | reached)
    return pagination.read(
        session, query.options(selectinload(Contact.channels)), _BY_NAME, request
    )


def change(
    session: Session,
    organization_id: int,
    contact_id: uuid.UUID,
    changes: ContactChanges,
    *,
    limits: ContactLimits,
    now: datetime,
) -> Contact:
    """Change the given fields of `ContactValues`; given channels replace all."""
    contact = locked(session, organization_id, contact_id)
    _put(contact, changes, now=now)
    if "channels" in changes:
        channels.replace(session, contact, changes["channels"], limits=limits, now=now)
    session.flush()
    return contact


def delete(session: Session, organization_id: int, contact_id: uuid.UUID, *, now: datetime) -> None:
    """Delete a contact; its channels stay until the recoveries they are owed are sent.

    Raise `Conflict` while the contact is on an on-call schedule.
    """
    contact = locked(session, organization_id, contact_id)
    refuse_deletion_on_call(session, contact, now=now)
    for channel in contact.channels:
        channels.delete(session, channel, now=now)
    session.execute(delete_rows(Contact).where(Contact.id == contact.id))


def keys(
    session: Session, organization_id: int, contact_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of the existing contacts among these, by public id."""
    return lookup.keys(session, Contact, organization_id, contact_ids)


def _put(contact: Contact, changes: ContactChanges, *, now: datetime) -> None:
    contact.updated_at = now
    contact.name = changes.get("name", contact.name)
    if "time_zone" in changes:
        try:
            contact.time_zone = cron.zone(changes["time_zone"]).key
        except ValueError as error:
            raise Invalid({"time_zone": [str(error)]}) from error
    if "quiet_hours" in changes:
        _be_quiet(contact, changes["quiet_hours"])


def _be_quiet(contact: Contact, hours: QuietHours | None) -> None:
    if hours is None:
        contact.quiet_from = contact.quiet_until = contact.quiet_except = None
        return
    if hours.begin == hours.end:
        raise Invalid({"quiet_hours.until": ["Must differ from the start."]})
    contact.quiet_from, contact.quiet_until = hours.begin, hours.end
    contact.quiet_except = hours.severity


def refuse_deletion_on_call(session: Session, contact: Contact, *, now: datetime) -> None:
    """Raise `Conflict` with a schedule in which the contact has a turn or a future override."""
    # A concurrent new override of this contact waits for this lock, and then finds no contact.
    session.execute(select(Contact.id).where(Contact.id == contact.id).with_for_update())
    needed = union(
        select(OnCallTurn.on_call_schedule_id).where(OnCallTurn.contact_id == contact.id),
        select(OnCallOverride.on_call_schedule_id).where(
            OnCallOverride.contact_id == contact.id, OnCallOverride.ends_at > now
        ),
    )
    name = session.scalars(
        select(OnCallSchedule.name)
        .where(OnCallSchedule.id.in_(needed))
        .order_by(OnCallSchedule.name)
        .limit(1)
    ).first()
    if name is not None:
        raise Conflict(
            f"This contact is on call in the schedule {name}. Reassign its shifts and overrides "
            "there first."
        )
