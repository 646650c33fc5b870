"""Message templates: an organization's own wording of each event."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api.request.blueprint import Blueprint
from api.schemas.message_templates import (
    MessageTemplateChangeSchema,
    MessageTemplateCreateSchema,
    MessageTemplatePageSchema,
    MessageTemplateQuery,
    MessageTemplateSchema,
    PreviewQuerySchema,
    PreviewsSchema,
)
from domain.permissions import Permission
from models import MessageTemplate
from notifiers.preview import Preview
from server.identity.principal import Call
from services.pagination import Page, PageRequest
from services.templates import previews as message_previews
from services.templates import templates as message_templates
from services.templates.templates import TemplateChanges, TemplateValues

blueprint = Blueprint(
    "message-templates",
    __name__,
    url_prefix="/api/v1/message-templates",
    description="The wording of messages.",
)


@blueprint.route("", permission=Permission.TEMPLATE_READ)
@blueprint.arguments(MessageTemplateQuery, location="query")
@blueprint.response(200, MessageTemplatePageSchema)
def index(call: Call, query: dict[str, Any]) -> Page[MessageTemplate]:
    """List templates by event and kind."""
    event = query.pop("event", None)
    return message_templates.page(
        call.session, call.organization_id, PageRequest(**query), event=event
    )


@blueprint.route("", methods=["POST"], permission=Permission.TEMPLATE_WRITE)
@blueprint.arguments(MessageTemplateCreateSchema)
@blueprint.response(201, MessageTemplateSchema)
def create(call: Call, values: TemplateValues) -> MessageTemplate:
    """Create a template. It is first rendered with a sample of its event."""
    return message_templates.create(call.session, call.organization_id, values, now=call.now)


@blueprint.route("/preview", methods=["POST"], permission=Permission.TEMPLATE_READ)
@blueprint.arguments(PreviewQuerySchema)
@blueprint.response(200, PreviewsSchema)
def preview(call: Call, query: dict[str, Any]) -> dict[str, Sequence[Preview]]:
    """Preview a template for each kind of channel. Nothing is stored or sent."""
    incident_id = query.pop("incident_id", None)
    shown = message_previews.previews(
        call.session,
        call.organization_id,
        TemplateValues(**query),
        incident_id=incident_id,
        now=call.now,
    )
    return {"previews": shown}


@blueprint.route("/<uuid:template_id>", permission=Permission.TEMPLATE_READ)
@blueprint.response(200, MessageTemplateSchema)
def show(call: Call, template_id: UUID) -> MessageTemplate:
    """Show a template."""
    return message_templates.find(call.session, call.organization_id, template_id)


@blueprint.route("/<uuid:template_id>", methods=["PATCH"], permission=Permission.TEMPLATE_WRITE)
@blueprint.arguments(MessageTemplateChangeSchema(partial=("event",)))
@blueprint.response(200, MessageTemplateSchema)
def change(call: Call, changes: TemplateChanges, template_id: UUID) -> MessageTemplate:
    """Change a template. A part that becomes null uses the default wording again."""
    return message_templates.change(
        call.session, call.organization_id, template_id, changes, now=call.now
    )


@blueprint.route("/<uuid:template_id>", methods=["DELETE"], permission=Permission.TEMPLATE_WRITE)
@blueprint.response(204)
def delete(call: Call, template_id: UUID) -> None:
    """Delete a template. Its event uses the default wording again."""
    message_templates.delete(call.session, call.organization_id, template_id)
