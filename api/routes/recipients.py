"""Recipients: public keys to which answers and exports are encrypted."""

from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.base import PageQuery
from api.schemas.recipients import (
    ChallengedRecipientSchema,
    ProofSchema,
    RecipientChangeSchema,
    RecipientCreateSchema,
    RecipientPageSchema,
    RecipientSchema,
)
from domain.permissions import Permission
from server.identity.principal import Call
from services.pagination import Page, PageRequest
from services.recipients import recipients
from services.recipients.recipients import RecipientChanges, RecipientValues, RecipientView

blueprint = Blueprint(
    "recipients",
    __name__,
    url_prefix="/api/v1/recipients",
    description="Public keys to which answers and exports are encrypted.",
)


@blueprint.route("", permission=Permission.RECIPIENT_READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, RecipientPageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[RecipientView]:
    """List recipients, newest first."""
    return recipients.page(call.session, call.organization_id, PageRequest(**query), now=call.now)


@blueprint.route("", methods=["POST"], permission=Permission.RECIPIENT_WRITE)
@blueprint.arguments(RecipientCreateSchema)
@blueprint.response(201, ChallengedRecipientSchema)
def register(call: Call, values: RecipientValues) -> RecipientView:
    """Register a public key.

    It is used after its challenge is answered, within ten minutes.
    """
    return recipients.register(call.session, call.organization_id, values, now=call.now)


@blueprint.route("/<uuid:recipient_id>", permission=Permission.RECIPIENT_READ)
@blueprint.response(200, RecipientSchema)
def show(call: Call, recipient_id: UUID) -> RecipientView:
    """Show a recipient."""
    return recipients.find(call.session, call.organization_id, recipient_id, now=call.now)


@blueprint.route("/<uuid:recipient_id>", methods=["PATCH"], permission=Permission.RECIPIENT_WRITE)
@blueprint.arguments(RecipientChangeSchema(partial=True))
@blueprint.response(200, RecipientSchema)
def change(call: Call, changes: RecipientChanges, recipient_id: UUID) -> RecipientView:
    """Change the name or the expiry of a recipient."""
    return recipients.change(
        call.session, call.organization_id, recipient_id, changes, now=call.now
    )


@blueprint.route("/<uuid:recipient_id>", methods=["DELETE"], permission=Permission.RECIPIENT_WRITE)
@blueprint.response(204)
def delete(call: Call, recipient_id: UUID) -> None:
    """Delete a recipient. Nothing is encrypted to it afterwards."""
    recipients.delete(call.session, call.organization_id, recipient_id)


@blueprint.route(
    "/<uuid:recipient_id>/challenge", methods=["POST"], permission=Permission.RECIPIENT_WRITE
)
@blueprint.response(200, ChallengedRecipientSchema)
def challenge(call: Call, recipient_id: UUID) -> RecipientView:
    """Request another challenge, which replaces the last one."""
    return recipients.challenge(call.session, call.organization_id, recipient_id, now=call.now)


@blueprint.route(
    "/<uuid:recipient_id>/confirm", methods=["POST"], permission=Permission.RECIPIENT_WRITE
)
@blueprint.arguments(ProofSchema)
@blueprint.response(200, RecipientSchema)
def confirm(call: Call, proof: dict[str, Any], recipient_id: UUID) -> RecipientView:
    """Answer the challenge. Answers can be encrypted to the recipient afterwards."""
    return recipients.confirm(
        call.session, call.organization_id, recipient_id, proof["answer"], now=call.now
    )


@blueprint.route(
    "/<uuid:recipient_id>/retire", methods=["POST"], permission=Permission.RECIPIENT_WRITE
)
@blueprint.response(200, RecipientSchema)
def retire(call: Call, recipient_id: UUID) -> RecipientView:
    """Retire a recipient. Nothing is encrypted to it again; this cannot be undone."""
    return recipients.retire(call.session, call.organization_id, recipient_id, now=call.now)
