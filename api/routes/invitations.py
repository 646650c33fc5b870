"""Invitations: who may become a member."""

from typing import Any
from uuid import UUID

from api.blueprint import Blueprint
from api.principal import Call
from api.schemas.base import PageQuery
from api.schemas.members import (
    InvitationCreateSchema,
    InvitationPageSchema,
    NewInvitationSchema,
)
from domain.permissions import Permission
from services import invitations
from services.invitations import InvitationView
from services.pages import Page, PageRequest
from services.permissions import Maker

blueprint = Blueprint(
    "invitations", __name__, url_prefix="/api/v1/invitations", description="Who may come in"
)


@blueprint.route("", permission=Permission.MEMBER_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, InvitationPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[InvitationView]:
    """List invitations, the oldest first."""
    return invitations.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.MEMBER_WRITE)
@blueprint.arguments(InvitationCreateSchema)
@blueprint.response(201, NewInvitationSchema)
def create(call: Call, body: dict[str, Any]) -> InvitationView:
    """Invite somebody for 7 days; the token in the answer is what they accept it with."""
    return invitations.create(
        call.session,
        call.organization_id,
        **body,
        maker=Maker(call.principal.user_id, call.principal.permissions),
        now=call.now,
    )


@blueprint.route("/<uuid:invitation_id>", methods=["DELETE"], permission=Permission.MEMBER_WRITE)
@blueprint.response(204)
def delete(call: Call, invitation_id: UUID) -> None:
    """Take an invitation back."""
    invitations.delete(call.session, call.organization_id, invitation_id)
