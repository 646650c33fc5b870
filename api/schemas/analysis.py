"""Analyses: what a stretch of time amounts to, with the stretch before."""

from marshmallow import fields, validate

from api.schemas.base import Schema, SpanQuery, Timestamp
from api.schemas.history import IncidentMonitorSchema
from api.schemas.recipients import RecipientQuery


def _figure(attribute: str, description: str, *, may_be_null: bool = True) -> fields.Float:
    return fields.Float(
        attribute=attribute,
        required=True,
        allow_none=may_be_null,
        metadata={"description": description},
    )


class AnalysisQuery(SpanQuery, RecipientQuery):
    pass


class MonitorAnalysisQuery(AnalysisQuery):
    apdex_threshold_ms = fields.Integer(
        validate=validate.Range(1, 60_000),
        metadata={"description": "Else the monitor's `latency_threshold_ms`, else 500."},
    )


class OrganizationAnalysisQuery(AnalysisQuery):
    worst = fields.Integer(
        load_default=10,
        validate=validate.Range(0, 20),
        metadata={"description": "How many of the worst monitors are named."},
    )


class ReliabilitySchema(Schema):
    """docs/guide/analytics.md has the formula of each figure."""

    availability_percent = _figure(
        "reliability.availability", "Of the known time outside of maintenance; null without any."
    )
    monitored_seconds = fields.Float(attribute="reliability.uptime.monitored", required=True)
    up_seconds = fields.Float(attribute="reliability.uptime.up", required=True)
    down_seconds = fields.Float(attribute="reliability.uptime.down", required=True)
    unknown_seconds = fields.Float(attribute="reliability.uptime.unknown", required=True)
    maintenance_seconds = fields.Float(attribute="reliability.uptime.maintenance", required=True)
    coverage_ratio = _figure("reliability.coverage", "Share of the time that is known, 0 to 1.")
    incidents = fields.Integer(
        attribute="reliability.incidents",
        required=True,
        metadata={"description": "Outages that began in this time."},
    )
    mttr_seconds = _figure("reliability.mttr", "Mean time to restoration; null if none ended.")
    mtbf_seconds = _figure("reliability.mtbf", "Mean time between failures; null if none began.")
    longest_outage_seconds = _figure(
        "reliability.longest_outage", "What of it counts as down in this time.", may_be_null=False
    )


class PeriodSchema(ReliabilitySchema):
    start = Timestamp(attribute="window.start", data_key="from", required=True)
    end = Timestamp(attribute="window.end", data_key="to", required=True)


class LatencyFiguresSchema(Schema):
    """Milliseconds over the checks that passed; null if none did."""

    count = fields.Integer(required=True)
    avg = fields.Float(required=True, allow_none=True)
    p50 = fields.Float(required=True, allow_none=True)
    p90 = fields.Float(required=True, allow_none=True)
    p95 = fields.Float(required=True, allow_none=True)
    p99 = fields.Float(required=True, allow_none=True)
    min = fields.Float(required=True, allow_none=True)
    max = fields.Float(required=True, allow_none=True)


class ApdexSchema(Schema):
    score = fields.Float(
        required=True, allow_none=True, metadata={"description": "0 to 1; null without a check."}
    )
    threshold_ms = fields.Integer(required=True)
    satisfied = fields.Integer(required=True)
    tolerating = fields.Integer(required=True)
    frustrated = fields.Integer(required=True)


class MonitorPeriodSchema(PeriodSchema):
    latency_ms = fields.Nested(LatencyFiguresSchema, attribute="latency", required=True)
    apdex = fields.Nested(
        ApdexSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null for heartbeats, which nobody waits for."},
    )


class TrendSchema(Schema):
    """The figure of this time minus that of the time before; null if one of both is not known."""

    availability_points = _figure("availability", "In percentage points.")
    down_seconds = _figure("down", "More or less time down.")
    incidents = fields.Integer(required=True)
    mttr_seconds = _figure("mttr", "Longer or shorter outages.")
    mtbf_seconds = _figure("mtbf", "Rarer or more frequent outages.")


class MonitorTrendSchema(TrendSchema):
    latency_p95_ms = _figure("p95", "Slower or faster.")
    apdex = _figure("apdex", "Better or worse.")


class MonitorAnalysisSchema(Schema):
    monitor = fields.Nested(IncidentMonitorSchema, required=True)
    current = fields.Nested(MonitorPeriodSchema, required=True)
    previous = fields.Nested(MonitorPeriodSchema, required=True)
    change = fields.Nested(MonitorTrendSchema, required=True)


class RankedMonitorSchema(ReliabilitySchema):
    monitor = fields.Nested(IncidentMonitorSchema, required=True)


class OrganizationAnalysisSchema(Schema):
    """Of all monitors that exist now, each second of each counting the same."""

    monitors = fields.Integer(required=True)
    current = fields.Nested(PeriodSchema, required=True)
    previous = fields.Nested(PeriodSchema, required=True)
    change = fields.Nested(TrendSchema, required=True)
    worst = fields.List(
        fields.Nested(RankedMonitorSchema),
        required=True,
        metadata={"description": "Those that were down, by availability."},
    )
