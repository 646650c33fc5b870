"""The settings of an organization."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Organization
from services.errors import Conflict
from services.recipients import resolve as recipient_resolve


class OrganizationChanges(TypedDict, total=False):
    """The fields to change. A missing one stays as it is."""

    name: str
    require_encryption: bool
    machine_schemes: Sequence[str]


def find(session: Session, organization_id: int) -> Organization:
    return session.get_one(Organization, organization_id)


def change(
    session: Session, organization_id: int, changes: OrganizationChanges, *, now: datetime
) -> Organization:
    """Change the given fields."""
    organization = session.scalars(
        select(Organization)
        .where(Organization.id == organization_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if changes.get("require_encryption"):
        _refuse_without_recipient(session, organization_id, now)
    if "machine_schemes" in changes:
        # Tokens obtained with a scheme that is no longer allowed must end.
        organization.token_epoch += 1
    for name, value in changes.items():
        setattr(organization, name, value)
    organization.updated_at = now
    session.flush()
    return organization


def _refuse_without_recipient(session: Session, organization_id: int, now: datetime) -> None:
    """Raise `Conflict` if nobody could decrypt an answer."""
    if not recipient_resolve.is_any(session, organization_id, now=now):
        raise Conflict(
            "No recipient is active, so nobody could read an encrypted answer. Register a "
            "recipient first.",
            field="require_encryption",
        )
