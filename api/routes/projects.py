"""Projects of the organization, and the roles of members and teams in them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.projects import (
    ProjectChangeSchema,
    ProjectCreateSchema,
    ProjectPageSchema,
    ProjectRoleSetSchema,
    ProjectRolesSchema,
    ProjectSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.pagination import Page, PageRequest
from services.projects import projects
from services.projects.projects import ProjectView
from services.teams import project_roles
from services.teams.project_roles import Holder, RoleView

blueprint = Blueprint(
    "projects",
    __name__,
    url_prefix="/api/v1/projects",
    description="Monitors, contact groups and escalation policies that some members share.",
)


@blueprint.route("", permission=Permission.PROJECT_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ProjectPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[ProjectView]:
    """List projects by name. A guest sees those in which they have a role."""
    return projects.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.PROJECT_WRITE)
@blueprint.arguments(ProjectCreateSchema)
@blueprint.response(201, ProjectSchema)
def create(call: Call, body: dict[str, Any]) -> ProjectView:
    """Create a project."""
    return projects.create(call.session, call.organization_id, **body, now=call.now)


@blueprint.route("/<uuid:project_id>", permission=Permission.PROJECT_READ)
@blueprint.response(200, ProjectSchema)
def show(call: Call, project_id: UUID) -> ProjectView:
    """Show a project."""
    return projects.find(call.session, call.organization_id, project_id)


@blueprint.route("/<uuid:project_id>", methods=["PATCH"], permission=Permission.PROJECT_WRITE)
@blueprint.arguments(ProjectChangeSchema(partial=True))
@blueprint.response(200, ProjectSchema)
def change(call: Call, changes: dict[str, Any], project_id: UUID) -> ProjectView:
    """Rename a project."""
    return projects.change(call.session, call.organization_id, project_id, **changes, now=call.now)


@blueprint.route("/<uuid:project_id>", methods=["DELETE"], permission=Permission.PROJECT_WRITE)
@blueprint.response(204)
def delete(call: Call, project_id: UUID) -> None:
    """Delete a project to which nothing belongs any more."""
    projects.delete(call.session, call.organization_id, project_id)


@blueprint.route("/<uuid:project_id>/roles", permission=Permission.MEMBER_READ)
@blueprint.response(200, ProjectRolesSchema)
def roles(call: Call, project_id: UUID) -> Mapping[str, Sequence[RoleView]]:
    """List the teams and members that have a role in a project."""
    return {"items": project_roles.page(call.session, call.organization_id, project_id)}


@blueprint.route(
    "/<uuid:project_id>/teams/<uuid:team_id>", methods=["PUT"], permission=Permission.MEMBER_WRITE
)
@blueprint.arguments(ProjectRoleSetSchema)
@blueprint.response(204)
def give_team(call: Call, body: dict[str, Any], project_id: UUID, team_id: UUID) -> None:
    """Give a team a role in a project, in place of the one that it has there."""
    _give(call, project_id, Holder(team_id=team_id), body)


@blueprint.route(
    "/<uuid:project_id>/teams/<uuid:team_id>",
    methods=["DELETE"],
    permission=Permission.MEMBER_WRITE,
)
@blueprint.response(204)
def take_from_team(call: Call, project_id: UUID, team_id: UUID) -> None:
    """Take the role in a project from a team."""
    project_roles.take(call.session, call.organization_id, project_id, Holder(team_id=team_id))


@blueprint.route(
    "/<uuid:project_id>/members/<uuid:member_id>",
    methods=["PUT"],
    permission=Permission.MEMBER_WRITE,
)
@blueprint.arguments(ProjectRoleSetSchema)
@blueprint.response(204)
def give_member(call: Call, body: dict[str, Any], project_id: UUID, member_id: UUID) -> None:
    """Give a member a role in a project, in place of the one that they have there."""
    _give(call, project_id, Holder(member_id=member_id), body)


@blueprint.route(
    "/<uuid:project_id>/members/<uuid:member_id>",
    methods=["DELETE"],
    permission=Permission.MEMBER_WRITE,
)
@blueprint.response(204)
def take_from_member(call: Call, project_id: UUID, member_id: UUID) -> None:
    """Take the role in a project from a member. Roles of their teams remain."""
    project_roles.take(call.session, call.organization_id, project_id, Holder(member_id=member_id))


def _give(call: Call, project_id: UUID, holder: Holder, body: Mapping[str, Any]) -> None:
    project_roles.give(
        call.session,
        call.organization_id,
        project_id,
        holder,
        **body,
        own=call.principal.permissions,
    )
