"""Schemas of checks, incidents, uptime and latency."""

from marshmallow import fields, validate

from api.schemas.acknowledgements import EntrySchema
from api.schemas.base import (
    LONGEST_WORDS,
    PageQuery,
    Schema,
    SpanQuery,
    Timestamp,
    ViewSchema,
    page_of,
    several,
)
from api.schemas.deliveries import DeliverySchema
from api.schemas.recipients import RecipientQuery
from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.state import Severity
from models.incident import Resolution, Suppression


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


class MonitorNameSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)


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


class FiguresQuery(SpanQuery, RecipientQuery):
    pass


class PingQuery(PageQuery, RecipientQuery):
    pass


class UptimeSchema(Schema):
    """Seconds in each condition. Their sum is the monitored time."""

    start = Timestamp(data_key="from", required=True)
    end = Timestamp(data_key="to", required=True)
    monitored_seconds = fields.Float(attribute="uptime.monitored", required=True)
    up_seconds = fields.Float(attribute="uptime.up", required=True)
    down_seconds = fields.Float(attribute="uptime.down", required=True)
    unknown_seconds = fields.Float(attribute="uptime.unknown", required=True)
    maintenance_seconds = fields.Float(attribute="uptime.maintenance", required=True)
    percent = fields.Float(
        attribute="uptime.percent",
        required=True,
        allow_none=True,
        metadata={
            "description": (
                "Uptime as a percentage of known time outside of maintenance; null if there"
                " is none."
            )
        },
    )


METHOD = (
    "`exact`, or `sketch` if whole hours were counted from their roll-ups. All figures but the"
    " percentiles are always exact."
)
RELATIVE_ERROR = "By which share of it a percentile may differ from the exact one; 0 if exact."


class LatencySchema(Schema):
    """Latency in milliseconds over the checks that passed. Values are null if no check passed."""

    start = Timestamp(data_key="from", required=True)
    end = Timestamp(data_key="to", required=True)
    method = fields.String(
        attribute="latency.method",
        required=True,
        validate=validate.OneOf(("exact", "sketch")),
        metadata={"description": METHOD},
    )
    relative_error = fields.Float(
        attribute="latency.relative_error",
        required=True,
        metadata={"description": RELATIVE_ERROR},
    )
    count = fields.Integer(attribute="latency.count", required=True)
    avg = fields.Float(attribute="latency.avg", required=True, allow_none=True)
    p50 = fields.Float(attribute="latency.p50", required=True, allow_none=True)
    p90 = fields.Float(attribute="latency.p90", required=True, allow_none=True)
    p95 = fields.Float(attribute="latency.p95", required=True, allow_none=True)
    p99 = fields.Float(attribute="latency.p99", required=True, allow_none=True)
    min = fields.Float(attribute="latency.min", required=True, allow_none=True)
    max = fields.Float(attribute="latency.max", required=True, allow_none=True)


CheckPageSchema = page_of(CheckSchema, "CheckPage")
IncidentPageSchema = page_of(IncidentSchema, "IncidentPage")
