"""Custom roles of an organization: sets of permissions under a name, never more than the maker's."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from domain.permissions import MAY_BE_CUSTOM, Permission, Role, of_custom_role
from models import CustomRole, Membership, ProjectRole
from services import lookup, pagination, quotas
from services.errors import Conflict, Forbidden, Invalid

_NOUN = "custom role"
_BY_NAME = pagination.Order(scope="custom-roles", columns=(CustomRole.name,))


def create(
    session: Session,
    organization_id: int,
    *,
    name: str,
    permissions: Iterable[str],
    own: frozenset[Permission],
    now: datetime,
) -> CustomRole:
    """Create a role. Raise `Invalid` for permissions that no role may have or that the maker lacks."""
    chosen = _checked(permissions, own)
    quotas.take(session, organization_id, "custom_roles")
    role = CustomRole(
        organization_id=organization_id,
        name=name,
        permissions=chosen,
        created_at=now,
        updated_at=now,
    )
    session.add(role)
    lookup.flush_unique(session, f"a {_NOUN}")
    return role


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[CustomRole]:
    """List the custom roles by name."""
    query = select(CustomRole).where(CustomRole.organization_id == organization_id)
    return pagination.read(session, query, _BY_NAME, request)


def find(session: Session, organization_id: int, role_id: uuid.UUID) -> CustomRole:
    """Return a custom role. Raise `NotFound` if there is none."""
    return lookup.find(session, CustomRole, organization_id, role_id, _NOUN)


def change(  # noqa: PLR0913 - one for each thing that changes
    session: Session,
    organization_id: int,
    role_id: uuid.UUID,
    *,
    name: str | None = None,
    permissions: Iterable[str] | None = None,
    own: frozenset[Permission],
    now: datetime,
) -> CustomRole:
    """Change the given values, at once for all who have the role.

    Raise `Forbidden` for a role that permits more than the caller may do.
    """
    role = lookup.locked(session, CustomRole, organization_id, role_id, _NOUN)
    _refuse_above(role, own)
    if permissions is not None:
        role.permissions = _checked(permissions, own)
    role.name = role.name if name is None else name
    role.updated_at = now
    lookup.flush_unique(session, f"a {_NOUN}")
    return role


def delete(
    session: Session, organization_id: int, role_id: uuid.UUID, *, own: frozenset[Permission]
) -> None:
    """Delete a role that nobody has. Raise `Conflict` if somebody does."""
    role = lookup.locked(session, CustomRole, organization_id, role_id, _NOUN)
    _refuse_above(role, own)
    held = select(
        exists().where(Membership.custom_role_id == role.id)
        | exists().where(ProjectRole.custom_role_id == role.id)
    )
    if session.scalars(held).one():
        raise Conflict("Somebody has this role. Give every holder another role first.")
    session.execute(delete_rows(CustomRole).where(CustomRole.id == role.id))


def named(
    session: Session, organization_id: int, role: str, role_id: uuid.UUID | None
) -> CustomRole | None:
    """Return the custom role that a holder gets; None for the other roles.

    Raise `Invalid` unless the id is given exactly for the role `custom`, and exists.
    """
    if (role == Role.CUSTOM) != (role_id is not None):
        raise Invalid({"custom_role_id": ["Give it exactly with the role `custom`."]})
    if role_id is None:
        return None
    # Its permissions must not grow between this check and the commit.
    found = session.scalars(
        select(CustomRole)
        .where(CustomRole.organization_id == organization_id, CustomRole.public_id == role_id)
        .with_for_update(read=True)
    ).one_or_none()
    if found is None:
        raise Invalid({"custom_role_id": [f"There is no custom role {role_id}."]})
    return found


def _checked(permissions: Iterable[str], own: frozenset[Permission]) -> list[str]:
    chosen = sorted(set(permissions))
    if not chosen:
        raise Invalid({"permissions": ["A role needs at least one permission."]})
    if refused := [each for each in chosen if each not in MAY_BE_CUSTOM]:
        raise Invalid({"permissions": [f"A custom role cannot have {each}." for each in refused]})
    if missing := [each for each in chosen if Permission(each) not in own]:
        raise Invalid(
            {"permissions": [f"You lack the permission {each} yourself." for each in missing]}
        )
    return chosen


def _refuse_above(role: CustomRole, own: frozenset[Permission]) -> None:
    if not of_custom_role(role.permissions) <= own:
        raise Forbidden("This role has permissions that you lack.")
