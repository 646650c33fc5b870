"""Teams of the organization."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.teams import TeamChangeSchema, TeamCreateSchema, TeamPageSchema, TeamSchema
from domain.permissions import Permission
from server.identity.principal import Call
from services.pagination import Page, PageRequest
from services.teams import teams
from services.teams.teams import TeamView

blueprint = Blueprint(
    "teams",
    __name__,
    url_prefix="/api/v1/teams",
    description="Members who get roles in projects together.",
)


@blueprint.route("", permission=Permission.MEMBER_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, TeamPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[TeamView]:
    """List teams by name."""
    return teams.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.MEMBER_WRITE)
@blueprint.arguments(TeamCreateSchema)
@blueprint.response(201, TeamSchema)
def create(call: Call, body: dict[str, Any]) -> TeamView:
    """Create a team. It has no role in any project yet."""
    return teams.create(call.session, call.organization_id, **body, now=call.now)


@blueprint.route("/<uuid:team_id>", permission=Permission.MEMBER_READ)
@blueprint.response(200, TeamSchema)
def show(call: Call, team_id: UUID) -> TeamView:
    """Show a team."""
    return teams.find(call.session, call.organization_id, team_id)


@blueprint.route("/<uuid:team_id>", methods=["PATCH"], permission=Permission.MEMBER_WRITE)
@blueprint.arguments(TeamChangeSchema(partial=True))
@blueprint.response(200, TeamSchema)
def change(call: Call, changes: dict[str, Any], team_id: UUID) -> TeamView:
    """Change a team. Its roles in projects may be at most your own."""
    return teams.change(
        call.session,
        call.organization_id,
        team_id,
        **changes,
        own=call.principal.permissions,
        now=call.now,
    )


@blueprint.route("/<uuid:team_id>", methods=["DELETE"], permission=Permission.MEMBER_WRITE)
@blueprint.response(204)
def delete(call: Call, team_id: UUID) -> None:
    """Delete a team with its roles in projects. Its members remain in the organization."""
    teams.delete(call.session, call.organization_id, team_id)
