"""Members of an organization and their roles."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permissions import Permission, Role, may_grant
from models import (
    ApiKey,
    CustomRole,
    Invitation,
    Membership,
    Organization,
    RefreshToken,
    ServiceAccount,
    User,
)
from services import pagination
from services.access import access, custom_roles
from services.errors import Conflict, Forbidden, NotFound

_ORDER = pagination.Order(scope="members", columns=(User.email, User.public_id))
_LAST = "An organization needs an owner. Make another member an owner first."


_VIEWS = (
    select(User, Membership, CustomRole)
    .join(Membership, Membership.user_id == User.id)
    .join(CustomRole, CustomRole.id == Membership.custom_role_id, isouter=True)
)


@dataclass(frozen=True, slots=True)
class MemberView:
    user: User
    membership: Membership
    custom_role: CustomRole | None = None


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[MemberView]:
    """List members by address."""
    query = _VIEWS.where(Membership.organization_id == organization_id)
    rows = pagination.read_rows(session, query, _ORDER, request)
    return rows.each(lambda row: MemberView(*row))


def find(session: Session, organization_id: int, member_id: uuid.UUID) -> MemberView:
    """Return a member by the id of the user. Raise `NotFound` if there is none."""
    row = session.execute(
        _VIEWS.where(Membership.organization_id == organization_id, User.public_id == member_id)
    ).one_or_none()
    if row is None:
        raise NotFound("member")
    return MemberView(*row)


def change_role(  # noqa: PLR0913 - one for each thing that changes
    session: Session,
    organization_id: int,
    member_id: uuid.UUID,
    role: Role,
    custom_role_id: uuid.UUID | None = None,
    *,
    own: frozenset[Permission],
    now: datetime,
) -> MemberView:
    """Change a member's role. Raise `Forbidden` if either role exceeds the caller's own.

    `custom_role_id` names the custom role, if the role is one. Raise `Invalid` if there is none.
    """
    lock(session, organization_id)
    view = find(session, organization_id, member_id)
    custom = custom_roles.named(session, organization_id, role, custom_role_id)
    key = None if custom is None else custom.id
    refuse_above(own, _permissions(session, view.membership), access.of_role(session, role, key))
    if role is not Role.OWNER:
        refuse_last_owner(session, view.membership)
    view.membership.role = role
    view.membership.custom_role_id = key
    view.membership.updated_at = now
    session.flush()
    return replace(view, custom_role=custom)


def remove(
    session: Session, organization_id: int, member_id: uuid.UUID, *, own: frozenset[Permission]
) -> None:
    """End a membership, and at once the logins, API keys and service accounts that depend on it."""
    lock(session, organization_id)
    view = find(session, organization_id, member_id)
    refuse_above(own, _permissions(session, view.membership))
    _end(session, view.membership)


def leave(session: Session, organization_id: int, user_id: int) -> None:
    """End the caller's own membership, whatever the role. Raise `Conflict` for the last owner."""
    lock(session, organization_id)
    membership = session.scalars(
        select(Membership).where(
            Membership.organization_id == organization_id, Membership.user_id == user_id
        )
    ).one()
    _end(session, membership)


def lock(session: Session, organization_id: int) -> None:
    """Serialize changes of members: two owners must not demote each other at once."""
    session.execute(
        select(Organization.id).where(Organization.id == organization_id).with_for_update()
    )


def refuse_above(own: frozenset[Permission], *roles: frozenset[Permission]) -> None:
    """Raise `Forbidden` for a role, given by its permissions, that may do more than the caller."""
    if not all(may_grant(own, role) for role in roles):
        raise Forbidden("This role has permissions that you lack.")


def _permissions(session: Session, membership: Membership) -> frozenset[Permission]:
    return access.of_role(session, membership.role, membership.custom_role_id)


def _end(session: Session, membership: Membership) -> None:
    refuse_last_owner(session, membership)
    for table, owner in (
        (RefreshToken, RefreshToken.user_id),
        (ApiKey, ApiKey.created_by),
        (ServiceAccount, ServiceAccount.created_by),
        (Invitation, Invitation.invited_by),
    ):
        session.execute(
            delete_rows(table).where(
                table.organization_id == membership.organization_id, owner == membership.user_id
            )
        )
    session.delete(membership)
    session.flush()


def refuse_last_owner(session: Session, membership: Membership) -> None:
    """Raise `Conflict` if the organization would be left without an owner."""
    if membership.role is not Role.OWNER:
        return
    another = session.scalar(
        select(Membership.id)
        .where(
            Membership.organization_id == membership.organization_id,
            Membership.role == Role.OWNER,
            Membership.id != membership.id,
        )
        .limit(1)
    )
    if another is None:
        raise Conflict(_LAST)
