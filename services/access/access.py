"""What a member may do: by the role in the organization, and by roles in projects beside it."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.permissions import (
    IN_PROJECTS,
    PERMISSIONS,
    Permission,
    Role,
    in_project,
    of_custom_role,
)
from models import CustomRole, ProjectRole, TeamMember

_NOWHERE: Mapping[int, frozenset[Permission]] = {}


@dataclass(frozen=True, slots=True)
class Access:
    """`everywhere` holds in the whole organization; `projects` add to it, each for its own rows."""

    everywhere: frozenset[Permission]
    projects: Mapping[int, frozenset[Permission]]

    @property
    def somewhere(self) -> frozenset[Permission]:
        """The permissions that the member has in at least one place."""
        return self.everywhere.union(*self.projects.values())

    def within(self, projects: Collection[int] | None) -> frozenset[Permission]:
        """Return what the member may do in each of these projects; None stands for everywhere."""
        if not projects:
            return self.everywhere
        return self.everywhere | frozenset.intersection(*(self.projects[key] for key in projects))

    def over(self, project: int | None) -> frozenset[Permission]:
        """Return what the member may do with something of a project, or of none."""
        return self.everywhere | self.projects.get(project or 0, frozenset())

    def narrowed(
        self, narrow: Callable[[frozenset[Permission]], frozenset[Permission]]
    ) -> "Access":
        """Return what is left if something takes permissions away, everywhere alike."""
        projects = {key: narrow(permitted) for key, permitted in self.projects.items()}
        return Access(narrow(self.everywhere), projects)

    def confined_to(self, permission: Permission) -> tuple[int, ...] | None:
        """Return the keys of the projects in which the member may do it; None for everywhere."""
        if permission in self.everywhere:
            return None
        return tuple(
            sorted(key for key, permitted in self.projects.items() if permission in permitted)
        )


def of_role(session: Session, role: Role, custom_role_id: int | None) -> frozenset[Permission]:
    """Return the permissions of a role in the organization that the session acts for."""
    if custom_role_id is None:
        return PERMISSIONS[role]
    return of_custom_role(session.get_one(CustomRole, custom_role_id).permissions)


def of_member(
    session: Session, membership_id: int, role: Role, custom_role_id: int | None
) -> Access:
    """Return the access of a member. The session acts for the organization already."""
    everywhere = of_role(session, role, custom_role_id)
    # Who may do all of it everywhere gains nothing from a role in a project.
    projects = _NOWHERE if everywhere >= IN_PROJECTS else _of_projects(session, membership_id)
    return Access(everywhere, projects)


def _of_projects(session: Session, membership_id: int) -> Mapping[int, frozenset[Permission]]:
    teams = select(TeamMember.team_id).where(TeamMember.membership_id == membership_id)
    rows = session.execute(
        select(ProjectRole.project_id, ProjectRole.role, CustomRole.permissions)
        .join(CustomRole, CustomRole.id == ProjectRole.custom_role_id, isouter=True)
        .where((ProjectRole.membership_id == membership_id) | ProjectRole.team_id.in_(teams))
    )
    found: dict[int, frozenset[Permission]] = defaultdict(frozenset)
    for row in rows:
        found[row.project_id] |= in_project(row.role, row.permissions or ())
    return found
