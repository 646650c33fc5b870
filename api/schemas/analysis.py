"""Schemas of analyses: the metrics of a period and of the preceding period."""

from marshmallow import fields, validate

from api.schemas.base import Schema, SpanQuery, Timestamp
from api.schemas.latency import METHOD, RELATIVE_ERROR
from api.schemas.monitors import MonitorNameSchema
from api.schemas.recipients import RecipientQuery
from services.analytics.apdex import LONGEST_THRESHOLD_MS


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
        validate=validate.Range(1, LONGEST_THRESHOLD_MS),
        metadata={
            "description": (
                "The Apdex threshold in milliseconds. By default the monitor's"
                " `latency_threshold_ms`, or 500."
            )
        },
    )


class OrganizationAnalysisQuery(AnalysisQuery):
    worst = fields.Integer(
        load_default=10,
        validate=validate.Range(0, 20),
        metadata={"description": "The maximum number of monitors in `worst`."},
    )


class ReliabilitySchema(Schema):
    """Reliability metrics. docs/guide/analytics.md has their formulas."""

    availability_percent = _figure(
        "reliability.availability",
        "Percentage of known time outside of maintenance; null if there is none.",
    )
    monitored_seconds = fields.Float(attribute="reliability.uptime.monitored", required=True)
    up_seconds = fields.Float(attribute="reliability.uptime.up", required=True)
    down_seconds = fields.Float(attribute="reliability.uptime.down", required=True)
    unknown_seconds = fields.Float(attribute="reliability.uptime.unknown", required=True)
    maintenance_seconds = fields.Float(attribute="reliability.uptime.maintenance", required=True)
    coverage_ratio = _figure(
        "reliability.coverage", "The share of the period that is known, from 0 to 1."
    )
    incidents = fields.Integer(
        attribute="reliability.incidents",
        required=True,
        metadata={"description": "The number of outages that began in this period."},
    )
    mttr_seconds = _figure(
        "reliability.mttr", "Mean time to restoration in seconds; null if no outage ended."
    )
    mtbf_seconds = _figure(
        "reliability.mtbf", "Mean time between failures in seconds; null if no outage began."
    )
    longest_outage_seconds = _figure(
        "reliability.longest_outage",
        "Seconds of the longest outage that count as down in this period.",
        may_be_null=False,
    )


class PeriodSchema(ReliabilitySchema):
    start = Timestamp(attribute="window.start", data_key="from", required=True)
    end = Timestamp(attribute="window.end", data_key="to", required=True)


class LatencyFiguresSchema(Schema):
    """Latency in milliseconds over the checks that passed. Values are null if no check passed."""

    method = fields.String(
        required=True,
        validate=validate.OneOf(("exact", "sketch")),
        metadata={"description": METHOD},
    )
    relative_error = fields.Float(required=True, metadata={"description": RELATIVE_ERROR})
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
        required=True,
        allow_none=True,
        metadata={"description": "The Apdex score, from 0 to 1; null without a check."},
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
        metadata={
            "description": "The Apdex of the period. Null for heartbeats, which have no latency."
        },
    )


class TrendSchema(Schema):
    """The metrics of this period minus those of the preceding period.

    A value is null if either metric is unknown.
    """

    availability_points = _figure("availability", "The change in percentage points.")
    down_seconds = _figure("down", "The change in seconds of downtime.")
    incidents = fields.Integer(required=True)
    mttr_seconds = _figure("mttr", "The change in seconds. A positive value means longer outages.")
    mtbf_seconds = _figure("mtbf", "The change in seconds. A positive value means rarer outages.")


class MonitorTrendSchema(TrendSchema):
    latency_p95_ms = _figure(
        "p95", "The change in milliseconds. A positive value means slower answers."
    )
    apdex = _figure("apdex", "The change of the score. A positive value means better.")


class MonitorAnalysisSchema(Schema):
    monitor = fields.Nested(MonitorNameSchema, required=True)
    current = fields.Nested(MonitorPeriodSchema, required=True)
    previous = fields.Nested(MonitorPeriodSchema, required=True)
    change = fields.Nested(MonitorTrendSchema, required=True)


class RankedMonitorSchema(ReliabilitySchema):
    monitor = fields.Nested(MonitorNameSchema, required=True)


class OrganizationAnalysisSchema(Schema):
    """The metrics of all existing monitors. Each second of each monitor has the same weight."""

    monitors = fields.Integer(required=True)
    current = fields.Nested(PeriodSchema, required=True)
    previous = fields.Nested(PeriodSchema, required=True)
    change = fields.Nested(TrendSchema, required=True)
    worst = fields.List(
        fields.Nested(RankedMonitorSchema),
        required=True,
        metadata={
            "description": "The monitors that were down, ordered by availability, lowest first."
        },
    )
