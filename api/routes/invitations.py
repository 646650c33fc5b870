"""Invitations of new members."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.members import InvitationCreateSchema, InvitationPageSchema, InvitationSchema
from domain.permissions import Permission
from models import Invitation
from server.identity.principal import Call
from server.limits import mail_limits, rate_limits
from server.resources import resources
from services.organizations import invitations
from services.pagination import Page, PageRequest

blueprint = Blueprint(
    "invitations",
    __name__,
    url_prefix="/api/v1/invitations",
    description="Pending invitations of new members.",
)


@blueprint.route("", permission=Permission.MEMBER_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, InvitationPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[Invitation]:
    """List invitations, oldest first."""
    return invitations.page(call.session, call.organization_id, PageRequest(**query))


@blueprint.route("", methods=["POST"], permission=Permission.MEMBER_WRITE)
@blueprint.arguments(InvitationCreateSchema)
@blueprint.response(201, InvitationSchema)
def create(call: Call, body: dict[str, Any]) -> Invitation:
    """Invite a person by mail.

    The link in the mail works once, within 7 days.
    """
    _spend_mail(call, body["email"])
    return invitations.create(
        call.session,
        call.organization_id,
        **body,
        maker=call.maker,
        links=resources().links,
        now=call.now,
    )


@blueprint.route(
    "/<uuid:invitation_id>/send-again", methods=["POST"], permission=Permission.MEMBER_WRITE
)
@blueprint.response(200, InvitationSchema)
def send_again(call: Call, invitation_id: UUID) -> Invitation:
    """Send another link of an invitation, at most five times.

    It works for 7 days and replaces the previous one.
    """
    invitation = invitations.send_again(
        call.session,
        call.organization_id,
        invitation_id,
        maker=call.maker,
        links=resources().links,
        now=call.now,
    )
    # A refusal here also discards the mail, which is written in this transaction.
    _spend_mail(call, invitation.email)
    return invitation


@blueprint.route("/<uuid:invitation_id>", methods=["DELETE"], permission=Permission.MEMBER_WRITE)
@blueprint.response(204)
def delete(call: Call, invitation_id: UUID) -> None:
    """Withdraw an invitation."""
    invitations.delete(call.session, call.organization_id, invitation_id)


def _spend_mail(call: Call, email: str) -> None:
    """Spend the limits that prevent unwanted mails to third parties."""
    rate_limits.spend(rate_limits.INVITATIONS, str(call.organization_id))
    mail_limits.spend_invitation(email, call.organization_id)
