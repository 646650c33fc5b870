"""Schemas of incidents."""

from marshmallow import fields, validate

from api.schemas.acknowledgements import EntrySchema
from api.schemas.base import (
    LONGEST_WORDS,
    PageQuery,
    SpanQuery,
    Timestamp,
    ViewSchema,
    page_of,
    several,
)
from api.schemas.deliveries import DeliverySchema
from api.schemas.monitors import MonitorNameSchema
from api.schemas.recipients import RecipientQuery
from domain.evaluation.outcome import Cause
from domain.evaluation.state import Severity
from models.incident import Resolution, Suppression


class IncidentSchema(ViewSchema):
    """One outage, from the first failing check to the recovery."""

    record = "incident"

    id = fields.UUID(attribute="public_id", required=True)
    monitor = fields.Nested(MonitorNameSchema, required=True)
    severity = fields.Enum(Severity, by_value=True, required=True)
    started_at = Timestamp(required=True)
    confirmed_at = Timestamp(required=True)
    ended_at = Timestamp(required=True, allow_none=True)
    resolution = fields.Enum(Resolution, by_value=True, required=True, allow_none=True)
    cause = fields.Function(
        lambda view: view.incident.cause.word,
        required=True,
        metadata={"type": "string", "enum": [cause.word for cause in Cause]},
    )
    detail = fields.String(required=True)
    acknowledged_at = Timestamp(required=True, allow_none=True)
    acknowledged_by = fields.String(required=True, allow_none=True)
    snoozed_until = Timestamp(required=True, allow_none=True)
    suppressed_by = fields.Enum(
        Suppression,
        by_value=True,
        required=True,
        allow_none=True,
        metadata={"description": "Why notifications are suppressed now. Null: they are not."},
    )


class IncidentDetailSchema(IncidentSchema):
    follows_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={
            "description": (
                "The preceding incident, which this one replaced when the severity changed."
            )
        },
    )
    timeline = fields.List(fields.Nested(EntrySchema), required=True)
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)


class IncidentQuery(PageQuery, SpanQuery, RecipientQuery):
    open = fields.Boolean()


class OrganizationIncidentQuery(IncidentQuery):
    monitor_id = fields.UUID()
    acknowledged = fields.Boolean()
    severity = several(fields.Enum(Severity, by_value=True), "Only incidents of this severity.")
    cause = several(
        fields.String(validate=validate.OneOf([cause.word for cause in Cause])),
        "Only incidents with this cause.",
    )
    tag = several(
        fields.String(validate=validate.Length(1, 50)),
        "Only incidents of monitors that have this tag now.",
    )
    region = several(
        fields.String(), "Only incidents of monitors that are checked from this region now."
    )
    q = fields.String(
        validate=validate.Length(1, LONGEST_WORDS),
        metadata={
            "description": (
                "A part, in any case, of the name of the monitor, of `detail`, or of a comment on"
                " the timeline."
            )
        },
    )


IncidentPageSchema = page_of(IncidentSchema, "IncidentPage")
