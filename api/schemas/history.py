"""What happened, as it goes out: checks, incidents, deliveries, uptime and latency."""

from marshmallow import fields

from api.schemas.acknowledgements import EntrySchema
from api.schemas.base import PageQuery, Schema, SpanQuery, Timestamp, ViewSchema, page_of
from api.schemas.deliveries import DeliverySchema
from api.schemas.recipients import RecipientQuery
from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.state import Severity
from models.incident import Resolution, Suppression


class TimingsSchema(Schema):
    """Milliseconds of each phase; 0 where there was none."""

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
        required=True, metadata={"description": "How long after `checked_at` the probe began."}
    )
    timings = fields.Nested(TimingsSchema, required=True)


class EvidenceHeaderSchema(Schema):
    name = fields.Function(lambda pair: pair[0], required=True, metadata={"type": "string"})
    value = fields.Function(lambda pair: pair[1], required=True, metadata={"type": "string"})


class EvidenceSchema(Schema):
    """What the site answered: at most 2 KiB, text only, without secrets."""

    headers = fields.List(fields.Nested(EvidenceHeaderSchema), required=True)
    body = fields.String(required=True)
    truncated = fields.Boolean(required=True, metadata={"description": "The body went on."})


class CheckDetailSchema(CheckSchema):
    evidence = fields.Nested(
        EvidenceSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null if the check was up, or nothing was answered."},
    )


class CheckDetailQuery(RecipientQuery):
    region = fields.String(metadata={"description": "Where the check was made from."})


class CheckQuery(PageQuery, SpanQuery, RecipientQuery):
    outcome = fields.List(fields.Enum(Outcome, by_value=True), metadata={"description": "Any of."})


class IncidentMonitorSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)


class IncidentSchema(ViewSchema):
    """One outage, from the first failing check to the recovery."""

    record = "incident"

    id = fields.UUID(attribute="public_id", required=True)
    monitor = fields.Nested(IncidentMonitorSchema, required=True)
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
        metadata={"description": "Why nobody is told for now."},
    )


class IncidentDetailSchema(IncidentSchema):
    follows_id = fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The incident that became this one when its severity changed."},
    )
    timeline = fields.List(fields.Nested(EntrySchema), required=True)
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)


class IncidentQuery(PageQuery, SpanQuery, RecipientQuery):
    open = fields.Boolean()


class OrganizationIncidentQuery(IncidentQuery):
    monitor_id = fields.UUID()


class FiguresQuery(SpanQuery, RecipientQuery):
    pass


class PingQuery(PageQuery, RecipientQuery):
    pass


class UptimeSchema(Schema):
    """Seconds by what the monitor was; their sum is the monitored time."""

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
            "description": "Of the known time outside of maintenance; null if there is none."
        },
    )


class LatencySchema(Schema):
    """Milliseconds over the checks that passed; null if none did."""

    start = Timestamp(data_key="from", required=True)
    end = Timestamp(data_key="to", required=True)
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
