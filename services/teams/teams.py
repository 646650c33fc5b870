"""Teams: members of the organization who get roles in projects together."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permissions import Permission
from models import Membership, Team, TeamMember, User
from services import lookup, pagination, quotas
from services.accounts import members
from services.errors import Invalid
from services.teams import project_roles

MOST_MEMBERS = 500

_NOUN = "team"
_BY_NAME = pagination.Order(scope="teams", columns=(Team.name,))


@dataclass(frozen=True, slots=True)
class TeamView:
    """A team with its members, by the public ids of their users."""

    team: Team
    member_ids: Sequence[uuid.UUID]


def create(
    session: Session,
    organization_id: int,
    *,
    name: str,
    member_ids: Collection[uuid.UUID] = (),
    now: datetime,
) -> TeamView:
    """Create a team. Raise `Invalid` for unknown members, and `Conflict` if the name is taken."""
    memberships = _memberships(session, organization_id, member_ids)
    quotas.take(session, organization_id, "teams")
    team = Team(organization_id=organization_id, name=name, created_at=now, updated_at=now)
    session.add(team)
    lookup.flush_unique(session, f"a {_NOUN}")
    _link(session, team, memberships)
    return _views(session, [team])[0]


def find(session: Session, organization_id: int, team_id: uuid.UUID) -> TeamView:
    """Return a team. Raise `NotFound` if there is none."""
    return _views(session, [lookup.find(session, Team, organization_id, team_id, _NOUN)])[0]


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[TeamView]:
    """List teams by name."""
    query = select(Team).where(Team.organization_id == organization_id)
    found = pagination.read(session, query, _BY_NAME, request)
    return pagination.Page(_views(session, found.items), found.next_cursor)


def change(  # noqa: PLR0913 - one for each thing that changes
    session: Session,
    organization_id: int,
    team_id: uuid.UUID,
    *,
    name: str | None = None,
    member_ids: Collection[uuid.UUID] | None = None,
    own: frozenset[Permission],
    now: datetime,
) -> TeamView:
    """Change the given fields; given members replace all.

    Raise `Forbidden` if the team has a role in some project with permissions that the caller lacks.
    """
    members.lock(session, organization_id)
    team = lookup.changing(session, Team, organization_id, team_id, _NOUN)
    if member_ids is not None:
        members.refuse_above(own, *project_roles.of_team(session, team.id))
        memberships = _memberships(session, organization_id, member_ids)
        session.execute(delete_rows(TeamMember).where(TeamMember.team_id == team.id))
        _link(session, team, memberships)
    team.name = team.name if name is None else name
    team.updated_at = now
    lookup.flush_unique(session, f"a {_NOUN}")
    return _views(session, [team])[0]


def delete(session: Session, organization_id: int, team_id: uuid.UUID) -> None:
    """Delete a team, with its roles in projects. Its members stay in the organization."""
    team = lookup.find(session, Team, organization_id, team_id, _NOUN)
    session.delete(team)
    session.flush()


def _memberships(
    session: Session, organization_id: int, member_ids: Collection[uuid.UUID]
) -> list[int]:
    rows = session.execute(
        select(User.public_id, Membership.id)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id, User.public_id.in_(set(member_ids)))
    )
    known = dict(rows.all())
    missing = [f"There is no member {each}." for each in member_ids if each not in known]
    if missing:
        raise Invalid({"member_ids": missing})
    return list(known.values())


def _link(session: Session, team: Team, memberships: Iterable[int]) -> None:
    session.add_all(
        TeamMember(team_id=team.id, membership_id=key, organization_id=team.organization_id)
        for key in memberships
    )
    session.flush()


def _views(session: Session, teams: Sequence[Team]) -> list[TeamView]:
    """Add the members of all of these, with one query."""
    found: dict[int, list[uuid.UUID]] = defaultdict(list)
    rows = session.execute(
        select(TeamMember.team_id, User.public_id)
        .join(Membership, Membership.id == TeamMember.membership_id)
        .join(User, User.id == Membership.user_id)
        .where(TeamMember.team_id.in_([each.id for each in teams]))
        .order_by(User.email)
    )
    for team_key, member_id in rows:
        found[team_key].append(member_id)
    return [TeamView(each, found[each.id]) for each in teams]
