"""Schemas of checks: their outcomes, timings and evidence."""

from marshmallow import fields

from api.schemas.base import PageQuery, Schema, SpanQuery, Timestamp, page_of
from api.schemas.recipients import RecipientQuery
from domain.evaluation.outcome import Cause, Outcome


class TimingsSchema(Schema):
    """The milliseconds of each phase; 0 if the phase did not happen."""

    dns = fields.Float(required=True)
    connect = fields.Float(required=True)
    tls = fields.Float(required=True)
    first_byte = fields.Float(required=True)
    total = fields.Float(required=True)


class CheckSchema(Schema):
    checked_at = Timestamp(required=True)
    outcome = fields.Enum(Outcome, by_value=True, required=True)
    cause = fields.String(required=True, metadata={"enum": [cause.word for cause in Cause]})
    detail = fields.String(required=True)
    http_status = fields.Integer(required=True, allow_none=True)
    region = fields.String(required=True)
    lateness_ms = fields.Integer(
        required=True,
        metadata={"description": "Milliseconds from `checked_at` to the start of the probe."},
    )
    timings = fields.Nested(TimingsSchema, required=True)


class EvidenceHeaderSchema(Schema):
    name = fields.Function(lambda pair: pair[0], required=True, metadata={"type": "string"})
    value = fields.Function(lambda pair: pair[1], required=True, metadata={"type": "string"})


class EvidenceSchema(Schema):
    """The answer of the target: at most 2 KiB, text only, with secrets masked."""

    headers = fields.List(fields.Nested(EvidenceHeaderSchema), required=True)
    body = fields.String(required=True)
    truncated = fields.Boolean(
        required=True, metadata={"description": "Whether the body was cut off."}
    )


class CheckDetailSchema(CheckSchema):
    evidence = fields.Nested(
        EvidenceSchema,
        required=True,
        allow_none=True,
        metadata={
            "description": "The evidence. Null if the check was up, or if there was no answer."
        },
    )


class CheckDetailQuery(RecipientQuery):
    region = fields.String(metadata={"description": "The region that made the check."})


class CheckQuery(PageQuery, SpanQuery, RecipientQuery):
    outcome = fields.List(
        fields.Enum(Outcome, by_value=True), metadata={"description": "The outcomes to include."}
    )


CheckPageSchema = page_of(CheckSchema, "CheckPage")
