"""Roles, members and projects to choose from, each as one value of a form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup

from domain.permissions import (
    PERMISSIONS,
    Permission,
    ProjectRole,
    Role,
    in_project,
    may_grant,
    of_custom_role,
)
from models import CustomRole, Project
from server.identity.principal import Call
from services import lookup
from services.access import custom_roles
from services.accounts import members
from services.accounts.members import MemberView
from services.errors import Invalid
from services.pagination import Page, PageRequest
from services.projects import projects
from services.teams import teams
from services.teams.project_roles import Holder
from services.teams.teams import TeamView
from web import words
from web.rendering import page_url
from web.translations import gettext as _

Choice = dict[str, str]
Reader = Callable[[Any, int, PageRequest], Page[Any]]

_CUSTOM = "custom:"
"""The beginning of the value of a custom role; its id follows."""
_TEAM, _MEMBER = "team", "member"
_PAGE = 200
_MOST_PAGES = 5
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class ChosenRole:
    """The word of a role, with the id of the custom role if it is one."""

    word: str
    custom_role_id: UUID | None


def all_of(call: Call, read: Reader) -> Sequence[Any]:
    """Return the rows of a list that a form offers, of a thousand at most."""
    found: list[Any] = []
    request = PageRequest(limit=_PAGE)
    for _number in range(_MOST_PAGES):
        page = read(call.session, call.organization_id, request)
        found += page.items
        if page.next_cursor is None:
            break
        request = PageRequest(limit=_PAGE, cursor=page.next_cursor)
    return found


def roles(call: Call) -> list[Choice]:
    """Return the roles in the organization that the caller may give."""
    own = call.principal.access.everywhere
    usual = [
        {"value": role.value, "label": words.role(role), "hint": words.about_role(role)}
        for role in Role
        if role is not Role.CUSTOM and may_grant(own, PERMISSIONS[role])
    ]
    return [*usual, *_custom(call, lambda role: of_custom_role(role.permissions))]


def project_roles(call: Call) -> list[Choice]:
    """Return the roles in a project that the caller may give."""
    own = call.principal.access.everywhere
    usual = [
        {
            "value": role.value,
            "label": words.project_role(role),
            "hint": words.about_project_role(role),
        }
        for role in (ProjectRole.VIEWER, ProjectRole.OPERATOR)
        if may_grant(own, in_project(role))
    ]
    custom = _custom(call, lambda role: in_project(ProjectRole.CUSTOM, role.permissions))
    return [*usual, *custom]


def role_value(word: str, custom_role_id: UUID | None) -> str:
    """Return the value of a present role in a form."""
    return word if custom_role_id is None else f"{_CUSTOM}{custom_role_id}"


def read_role(text: str, among: type[Role | ProjectRole]) -> ChosenRole:
    """Return the role that a form chose. Raise `Invalid` for none."""
    word, colon, custom = text.partition(":")
    try:
        return ChosenRole(among(word), UUID(custom) if colon else None)
    except ValueError as error:
        raise Invalid({"role": [_("Choose a role.")]}) from error


def holders(call: Call) -> list[tuple[str, str]]:
    """Return the teams and the members that may get a role in a project."""
    found: Sequence[TeamView] = all_of(call, teams.page)
    people: Sequence[MemberView] = all_of(call, members.page)
    return [
        *(
            (f"{_TEAM}:{each.team.public_id}", _("Team %(name)s") % {"name": each.team.name})
            for each in found
        ),
        *((f"{_MEMBER}:{each.user.public_id}", each.user.email) for each in people),
    ]


def holder_value(holder: Holder) -> str:
    if holder.team_id is not None:
        return f"{_TEAM}:{holder.team_id}"
    return f"{_MEMBER}:{holder.member_id}"


def read_holder(text: str) -> Holder:
    """Return who a form chose. Raise `Invalid` for nobody."""
    sort, _colon, public_id = text.partition(":")
    try:
        if sort == _TEAM:
            return Holder(team_id=UUID(public_id))
        if sort == _MEMBER:
            return Holder(member_id=UUID(public_id))
    except ValueError:
        pass
    raise Invalid({"holder": [_("Choose a team or a member.")]})


def own_projects(call: Call) -> list[tuple[str, str]]:
    """Return the projects to which the caller may move something, and none if that may be."""
    found = [
        (str(each.project.public_id), each.project.name) for each in all_of(call, projects.page)
    ]
    if call.principal.projects is not None:
        return found
    return [("", _("No project")), *found] if found else []


def project_of(call: Call, project_id: UUID | None) -> Markup | None:
    """Return the link to the project of something, or None if it has none."""
    if project_id is None:
        return None
    found = lookup.names(call.session, Project, call.organization_id, [project_id])
    link = Markup('<a href="{}">{}</a>')
    links = [
        link.format(page_url("projects.show", project_id=each), name)
        for each, name in found.items()
    ]
    return links[0] if links else None


def _custom(call: Call, permitted: Callable[[CustomRole], frozenset[Permission]]) -> list[Choice]:
    own = call.principal.access.everywhere
    found: Sequence[CustomRole] = all_of(call, custom_roles.page)
    return [
        {"value": f"{_CUSTOM}{each.public_id}", "label": each.name, "hint": in_words(each)}
        for each in found
        if may_grant(own, permitted(each))
    ]


def in_words(role: CustomRole) -> str:
    """Return the first permissions of a custom role, and how many more there are."""
    named = [_named(each) for each in role.permissions]
    said = ", ".join(named[:_MOST_NAMED])
    if len(named) <= _MOST_NAMED:
        return said
    return _("%(some)s and %(count)s more") % {"some": said, "count": len(named) - _MOST_NAMED}


def _named(permission: str) -> str:
    noun, _colon, verb = permission.partition(":")
    return f"{words.noun(noun)}: {words.verb(verb)}"
