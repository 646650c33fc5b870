"""Who has which role in a project: a team with all its members, or one member."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.permissions import Permission, ProjectRole, in_project
from models import CustomRole, Membership, Project, Team, User
from models import ProjectRole as Row
from services import lookup, quotas
from services.access import custom_roles
from services.accounts import members
from services.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Either a team or a member, by the public id."""

    team_id: uuid.UUID | None = None
    member_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class RoleView:
    """One holder of a role, with the name that people know it by."""

    holder: Holder
    name: str
    role: ProjectRole
    custom_role_id: uuid.UUID | None
    custom_role_name: str | None = None


def page(session: Session, organization_id: int, project_id: uuid.UUID) -> Sequence[RoleView]:
    """List the holders of roles in a project by name; there are at most as many as teams and members.

    Raise `NotFound` if there is no such project.
    """
    project = lookup.find(session, Project, organization_id, project_id, "project")
    rows = session.execute(
        select(
            Team.public_id.label("team_id"),
            User.public_id.label("member_id"),
            Team.name,
            User.email,
            Row.role,
            CustomRole.public_id.label("custom_role_id"),
            CustomRole.name.label("custom_role_name"),
        )
        .select_from(Row)
        .join(Team, Team.id == Row.team_id, isouter=True)
        .join(Membership, Membership.id == Row.membership_id, isouter=True)
        .join(User, User.id == Membership.user_id, isouter=True)
        .join(CustomRole, CustomRole.id == Row.custom_role_id, isouter=True)
        .where(Row.project_id == project.id)
    )
    views = [
        RoleView(
            Holder(team_id=row.team_id, member_id=row.member_id),
            row.name or row.email,
            row.role,
            row.custom_role_id,
            row.custom_role_name,
        )
        for row in rows
    ]
    return sorted(views, key=lambda each: (each.holder.team_id is None, each.name))


def give(  # noqa: PLR0913 - one for each thing that changes
    session: Session,
    organization_id: int,
    project_id: uuid.UUID,
    holder: Holder,
    role: ProjectRole,
    custom_role_id: uuid.UUID | None = None,
    *,
    own: frozenset[Permission],
) -> None:
    """Give a role in a project, in place of what the holder had there.

    Raise `Forbidden` for a role with permissions that the caller lacks in the whole organization.
    """
    members.lock(session, organization_id)
    project = lookup.find(session, Project, organization_id, project_id, "project")
    custom = custom_roles.named(session, organization_id, role, custom_role_id)
    members.refuse_above(own, in_project(role, () if custom is None else custom.permissions))
    quotas.take(session, organization_id, "project_roles", only=Row.project_id == project.id)
    team_key, membership_key = _keys(session, organization_id, holder)
    values = {"role": role, "custom_role_id": None if custom is None else custom.id}
    session.execute(
        insert(Row)
        .values(
            organization_id=organization_id,
            project_id=project.id,
            team_id=team_key,
            membership_id=membership_key,
            **values,
        )
        .on_conflict_do_update(constraint="uq_project_roles_holder", set_=values)
    )


def take(session: Session, organization_id: int, project_id: uuid.UUID, holder: Holder) -> None:
    """Take the role in a project away. Raise `NotFound` if the holder has none."""
    project = lookup.find(session, Project, organization_id, project_id, "project")
    team_key, membership_key = _keys(session, organization_id, holder)
    gone = session.execute(
        delete(Row)
        .where(
            Row.project_id == project.id,
            Row.team_id.is_not_distinct_from(team_key),
            Row.membership_id.is_not_distinct_from(membership_key),
        )
        .returning(Row.id)
    ).one_or_none()
    if gone is None:
        raise NotFound("role in this project")


def of_team(session: Session, team_key: int) -> list[frozenset[Permission]]:
    """Return what a team permits its members, one set for each of its projects."""
    rows = session.execute(
        select(Row.role, CustomRole.permissions)
        .join(CustomRole, CustomRole.id == Row.custom_role_id, isouter=True)
        .where(Row.team_id == team_key)
    )
    return [in_project(row.role, row.permissions or ()) for row in rows]


def _keys(session: Session, organization_id: int, holder: Holder) -> tuple[int | None, int | None]:
    if holder.team_id is not None:
        keys = lookup.keys(session, Team, organization_id, [holder.team_id])
        if holder.team_id not in keys:
            raise Invalid({"team_id": [f"There is no team {holder.team_id}."]})
        return keys[holder.team_id], None
    key = session.scalars(
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id, User.public_id == holder.member_id)
    ).one_or_none()
    if key is None:
        raise Invalid({"member_id": [f"There is no member {holder.member_id}."]})
    return None, key
