"""Schemas of message templates and their previews."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import PageQuery, Schema, Timestamp, page_of
from api.schemas.examples import example
from domain.alerting.alert import IN_OUR_WORDS, AlertEvent
from notifiers.registry import KINDS
from notifiers.templates.engine import LARGEST_SOURCE
from services.templates.templates import TemplateValues

_EVENTS = [event.value for event in AlertEvent if event not in IN_OUR_WORDS]


def _source(description: str) -> fields.String:
    return fields.String(
        allow_none=True,
        validate=validate.Length(1, LARGEST_SOURCE),
        metadata={"description": f"{description} Null: the default wording."},
    )


class _Parts(Schema):
    subject = _source("The subject: one line, of which at most 200 characters are shown.")
    text = _source("The text, which replaces the default sentence and facts.")
    html = _source("The HTML of a mail: a fragment without active content.")
    body = _source("The complete JSON body of a webhook.")


class MessageTemplateFields(_Parts):
    event = fields.Enum(
        AlertEvent,
        by_value=True,
        required=True,
        error_messages={"unknown": f"Must be one of: {', '.join(_EVENTS)}."},
    )
    kind = fields.String(
        validate=validate.OneOf(list(KINDS)),
        allow_none=True,
        metadata={
            "description": (
                "The kind of channel. Null: every kind that has no such part of its own."
            )
        },
    )


@example({"event": "up", "kind": "email", "subject": "{{ monitor.name }} works again"})
class MessageTemplateCreateSchema(MessageTemplateFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> TemplateValues:
        return TemplateValues(**data)


@example({"text": "{{ monitor.name }} is down."})
class MessageTemplateChangeSchema(MessageTemplateFields):
    """A partial change of a message template."""


class MessageTemplateSchema(_Parts):
    id = fields.UUID(attribute="public_id", required=True)
    event = fields.String(required=True, validate=validate.OneOf(list(AlertEvent)))
    kind = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(KINDS)))
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class MessageTemplateQuery(PageQuery):
    event = fields.Enum(AlertEvent, by_value=True)


@example({"event": "down", "kind": "sms", "text": "{{ monitor.name }} is down."})
class PreviewQuerySchema(MessageTemplateFields):
    incident_id = fields.UUID(
        allow_none=True,
        metadata={"description": "An incident to show instead of a sample."},
    )


class PreviewSchema(Schema):
    kind = fields.String(required=True)
    subject = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    html = fields.String(required=True, allow_none=True)
    body = fields.String(required=True, allow_none=True)
    segments = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The number of billed segments of a text message."},
    )


class PreviewsSchema(Schema):
    previews = fields.List(fields.Nested(PreviewSchema), required=True)


MessageTemplatePageSchema = page_of(MessageTemplateSchema, "MessageTemplatePage")
