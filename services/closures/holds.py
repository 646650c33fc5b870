"""Legal holds: while one lasts, nothing of an organization is erased, whoever asks.

It stops the erasure of the organization and of its members' accounts, the archive
(`services.archive.retention`) and the audit log. An operator begins and ends it. Owners see it,
unless the operator hides it.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import ArchiveRetention, Organization
from models.audit_entry import ActorKind, Via
from models.session import act_for
from services.archive import retention
from services.audit import acts, record
from services.audit.acts import Actor, Circumstances
from services.errors import Conflict, Invalid, NotFound

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    organization: Organization
    since: datetime
    reason: str
    is_hidden: bool


def begin(
    session: Session,
    public_id: uuid.UUID,
    *,
    reason: str,
    is_hidden: bool,
    operator: str,
    now: datetime,
) -> Hold:
    """Begin a hold. Raise `Conflict` if there is one, and `NotFound` without the organization.

    An organization that is being erased is held as well, with the rows that are left of it.
    """
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid({"reason": [f"Must have 1 to {LONGEST_REASON} characters."]})
    organization = _locked(session, public_id)
    if of(session, organization.id) is not None:
        raise Conflict("This organization is on legal hold already.")
    retention.hold(session, organization.id, now=now)
    session.execute(
        update(ArchiveRetention)
        .where(ArchiveRetention.organization_id == organization.id)
        .values(hold_reason=reason.strip(), hold_is_hidden=is_hidden)
    )
    _record(session, organization, "organization.hold_begun", operator, is_hidden=is_hidden)
    return Hold(organization=organization, since=now, reason=reason.strip(), is_hidden=is_hidden)


def end(session: Session, public_id: uuid.UUID, *, operator: str) -> None:
    """End a hold, after which erasures go on. Raise `Conflict` if there is none."""
    organization = _locked(session, public_id)
    held = of(session, organization.id)
    if held is None:
        raise Conflict("This organization is not on legal hold.")
    retention.release(session, organization.id)
    session.execute(
        update(ArchiveRetention)
        .where(ArchiveRetention.organization_id == organization.id)
        .values(hold_reason=None, hold_is_hidden=False)
    )
    _record(session, organization, "organization.hold_ended", operator, is_hidden=held.is_hidden)


def of(session: Session, organization_id: int) -> Hold | None:
    """Return the hold of an organization, hidden or not."""
    row = session.execute(
        select(ArchiveRetention, Organization)
        .join(Organization, Organization.id == ArchiveRetention.organization_id)
        .where(
            Organization.id == organization_id,
            ArchiveRetention.held_since.is_not(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else _hold(row.ArchiveRetention, row.Organization)


def shown(session: Session, organization_id: int) -> Hold | None:
    """Return the hold of an organization, if its owners may know of it."""
    held = of(session, organization_id)
    return None if held is None or held.is_hidden else held


def every(session: Session) -> list[Hold]:
    """List all holds of the installation, the oldest first."""
    rows = session.execute(
        select(ArchiveRetention, Organization)
        .join(Organization, Organization.id == ArchiveRetention.organization_id)
        .where(ArchiveRetention.held_since.is_not(None))
        .order_by(ArchiveRetention.held_since, Organization.id)
    )
    return [_hold(row.ArchiveRetention, row.Organization) for row in rows]


def _hold(row: ArchiveRetention, organization: Organization) -> Hold:
    if row.held_since is None:
        raise ValueError(row.organization_id)
    return Hold(
        organization=organization,
        since=row.held_since,
        reason=row.hold_reason or "",
        is_hidden=row.hold_is_hidden,
    )


def _locked(session: Session, public_id: uuid.UUID) -> Organization:
    """Return an organization, locked against an erasure that begins at the same time."""
    organization = session.scalars(
        select(Organization).where(Organization.public_id == public_id).with_for_update()
    ).one_or_none()
    if organization is None:
        raise NotFound("organization")
    return organization


def _record(
    session: Session, organization: Organization, action: str, operator: str, *, is_hidden: bool
) -> None:
    """Write the act to the chain of the installation, and to the organization's if it may know."""
    chains = [acts.INSTANCE] if is_hidden else [acts.INSTANCE, organization.id]
    for chain in chains:
        act_for(session, chain)
        acts.begin(session, Circumstances(action=action, via=Via.OPERATOR))
        acts.declare(session, chain, Actor(kind=ActorKind.OPERATOR, label=operator))
        acts.aim(session, "organization", organization.public_id, organization.name)
        acts.wrote(session)
        record.record(session)
