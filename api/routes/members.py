"""Members of the organization, and their roles."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.members import MemberChangeSchema, MemberPageSchema, MemberSchema
from domain.permissions import Permission
from server.identity.principal import Call
from services.accounts import members
from services.accounts.members import MemberView
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "members",
    __name__,
    url_prefix="/api/v1/members",
    description="The members of the organization, and their roles.",
)


@blueprint.route("", permission=Permission.MEMBER_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, MemberPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[MemberView]:
    """List members by email address."""
    return members.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("/<uuid:member_id>", permission=Permission.MEMBER_READ)
@blueprint.response(200, MemberSchema)
def show(call: Call, member_id: UUID) -> MemberView:
    """Show a member."""
    return members.find(call.session, call.organization_id, member_id)


@blueprint.route("/<uuid:member_id>", methods=["PATCH"], permission=Permission.MEMBER_WRITE)
@blueprint.arguments(MemberChangeSchema(partial=True))
@blueprint.response(200, MemberSchema)
def change(call: Call, changes: dict[str, Any], member_id: UUID) -> MemberView:
    """Change the role of a member.

    The role may be at most your own. One owner must remain.
    """
    if "role" not in changes:
        return members.find(call.session, call.organization_id, member_id)
    return members.change_role(
        call.session,
        call.organization_id,
        member_id,
        **changes,
        own=call.principal.permissions,
        now=call.now,
    )


@blueprint.route("/<uuid:member_id>", methods=["DELETE"], permission=Permission.MEMBER_WRITE)
@blueprint.response(204)
def delete(call: Call, member_id: UUID) -> None:
    """Remove a member with all logins, API keys, service accounts and invitations.

    One owner must remain.
    """
    members.remove(call.session, call.organization_id, member_id, own=call.principal.permissions)
