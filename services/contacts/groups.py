"""Contact groups: contacts notified together, and for which monitors."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Contact, ContactGroup, ContactGroupMember, Monitor, MonitorContactGroup
from services import lookup, pagination, quotas
from services.contacts import contacts
from services.errors import Invalid
from services.projects import projects

MOST_MEMBERS = 500

_NOUN = "contact group"
_BY_NAME = pagination.Order(scope="contact-groups", columns=(ContactGroup.name,))


@dataclass(frozen=True, slots=True)
class ContactGroupView:
    """A group with its contacts, by public id; its monitors only if one group is requested."""

    group: ContactGroup
    contact_ids: Sequence[uuid.UUID]
    monitor_ids: Sequence[uuid.UUID] = ()
    project_id: uuid.UUID | None = None


def create(
    session: Session,
    organization_id: int,
    *,
    name: str,
    contact_ids: Collection[uuid.UUID] = (),
    project_id: uuid.UUID | None = None,
    now: datetime,
) -> ContactGroup:
    """Create a group. Raise `Invalid` for unknown contacts, and `Conflict` if the name is taken."""
    members = _members(session, organization_id, contact_ids)
    quotas.take(session, organization_id, "contact_groups")
    group = ContactGroup(
        organization_id=organization_id,
        project_id=projects.key(session, organization_id, project_id),
        name=name,
        created_at=now,
        updated_at=now,
    )
    session.add(group)
    lookup.flush_unique(session, "a contact group")
    _link(session, group, members)
    return group


def find(session: Session, organization_id: int, group_id: uuid.UUID) -> ContactGroupView:
    """Return a group with its contacts and monitors. Raise `NotFound` if there is none."""
    return _whole(session, lookup.find(session, ContactGroup, organization_id, group_id, _NOUN))


def page(
    session: Session, organization_id: int, request: pagination.PageRequest, *, text: str = ""
) -> pagination.Page[ContactGroupView]:
    """List contact groups by name; with a text, those with it in their name."""
    query = select(ContactGroup).where(ContactGroup.organization_id == organization_id)
    if text:
        query = query.where(ContactGroup.name.icontains(text, autoescape=True))
    found = pagination.read(session, query, _BY_NAME, request)
    return pagination.Page(_views(session, found.items), found.next_cursor)


def change(  # noqa: PLR0913 - one for each thing that changes
    session: Session,
    organization_id: int,
    group_id: uuid.UUID,
    *,
    name: str | None = None,
    contact_ids: Collection[uuid.UUID] | None = None,
    project_id: uuid.UUID | projects.Unchanged | None = projects.UNCHANGED,
    now: datetime,
) -> ContactGroupView:
    """Change the given fields; given contacts replace all."""
    # Locked, so that concurrent changes do not mix their members.
    group = lookup.changing(session, ContactGroup, organization_id, group_id, _NOUN)
    if contact_ids is not None:
        members = _members(session, organization_id, contact_ids)
        session.execute(
            delete_rows(ContactGroupMember).where(ContactGroupMember.contact_group_id == group.id)
        )
        _link(session, group, members)
    group.name = group.name if name is None else name
    if project_id is not projects.UNCHANGED:
        group.project_id = projects.key(session, organization_id, project_id)
    group.updated_at = now
    lookup.flush_unique(session, "a contact group")
    return _whole(session, group)


def delete(session: Session, organization_id: int, group_id: uuid.UUID) -> None:
    """Delete a group, also from monitors and policies. Raise `NotFound` if there is none."""
    group = lookup.find(session, ContactGroup, organization_id, group_id, _NOUN)
    session.execute(delete_rows(ContactGroup).where(ContactGroup.id == group.id))


def keys(
    session: Session, organization_id: int, group_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of the existing groups among these, by public id."""
    return lookup.keys(session, ContactGroup, organization_id, group_ids)


def _members(
    session: Session, organization_id: int, contact_ids: Collection[uuid.UUID]
) -> list[int]:
    known = contacts.keys(session, organization_id, contact_ids)
    missing = [f"There is no contact {each}." for each in contact_ids if each not in known]
    if missing:
        raise Invalid({"contact_ids": missing})
    return list(known.values())


def _link(session: Session, group: ContactGroup, contact_keys: Iterable[int]) -> None:
    session.add_all(
        ContactGroupMember(
            contact_group_id=group.id, contact_id=key, organization_id=group.organization_id
        )
        for key in contact_keys
    )
    session.flush()


def _whole(session: Session, group: ContactGroup) -> ContactGroupView:
    monitor_ids = session.scalars(
        select(Monitor.public_id)
        .join(MonitorContactGroup, MonitorContactGroup.monitor_id == Monitor.id)
        .where(MonitorContactGroup.contact_group_id == group.id, Monitor.deleted_at.is_(None))
        .order_by(Monitor.name, Monitor.id)
    )
    return replace(_views(session, [group])[0], monitor_ids=monitor_ids.all())


def _views(session: Session, groups: Sequence[ContactGroup]) -> list[ContactGroupView]:
    """Add the contacts of all of these, with one query."""
    members: dict[int, list[uuid.UUID]] = defaultdict(list)
    rows = session.execute(
        select(ContactGroupMember.contact_group_id, Contact.public_id)
        .join(Contact, Contact.id == ContactGroupMember.contact_id)
        .where(ContactGroupMember.contact_group_id.in_([group.id for group in groups]))
        .order_by(Contact.name, Contact.id)
    )
    for group_key, contact_id in rows:
        members[group_key].append(contact_id)
    owners = projects.public_ids(session, (group.project_id for group in groups))
    return [
        ContactGroupView(group, members[group.id], project_id=owners.get(group.project_id or 0))
        for group in groups
    ]
