"""Schemas of deliveries and their attempts."""

from marshmallow import fields

from api.schemas.base import PageQuery, Schema, SpanQuery, Timestamp, ViewSchema, page_of
from domain.alerting.alert import AlertEvent
from models.delivery import DeliveryState


class DeliverySchema(ViewSchema):
    """One message to one channel about one event."""

    record = "delivery"

    id = fields.UUID(attribute="public_id", required=True)
    incident_id = fields.UUID(required=True, allow_none=True)
    monitor_id = fields.UUID(required=True, allow_none=True)
    channel_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={
            "description": "The channel. Null if the message was sent to the account of an owner."
        },
    )
    event = fields.Enum(AlertEvent, by_value=True, required=True)
    kind = fields.String(required=True)
    address = fields.String(required=True)
    state = fields.Enum(DeliveryState, by_value=True, required=True)
    is_digest = fields.Boolean(
        required=True,
        metadata={
            "description": "Whether it was sent as a digest: other deliveries name it in `digest_id`."
        },
    )
    digest_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The delivery of the digest that contains this message."},
    )
    attempts = fields.Integer(attribute="attempt", required=True)
    next_attempt_at = Timestamp(required=True)
    last_error = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    sent_at = Timestamp(required=True, allow_none=True)


class AnswerSchema(Schema):
    """One attempt, and the answer of the provider."""

    attempt = fields.Integer(required=True)
    began_at = Timestamp(required=True)
    ended_at = Timestamp(required=True)
    accepted = fields.Boolean(required=True)
    answer = fields.String(required=True)


class DeliveryDetailSchema(DeliverySchema):
    answers = fields.List(fields.Nested(AnswerSchema), required=True)


class DeliveryQuery(PageQuery, SpanQuery):
    states = fields.List(
        fields.Enum(DeliveryState, by_value=True),
        data_key="state",
        metadata={"description": "The states to include."},
    )
    events = fields.List(
        fields.Enum(AlertEvent, by_value=True),
        data_key="event",
        metadata={"description": "The events to include. `digest` includes all digests."},
    )
    monitor_id = fields.UUID()
    incident_id = fields.UUID()
    channel_id = fields.UUID()


DeliveryPageSchema = page_of(DeliverySchema, "DeliveryPage")
