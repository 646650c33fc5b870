"""Schemas of the uptime and the latency of a monitor over time."""

from marshmallow import fields

from api.schemas.base import Schema, SpanQuery, Timestamp
from api.schemas.recipients import RecipientQuery
from domain.analytics.rollup import HOURS_KEPT, Step
from domain.analytics.sketch import RELATIVE_ERROR


class SeriesQuery(SpanQuery, RecipientQuery):
    step = fields.Enum(
        Step,
        by_value=True,
        metadata={
            "description": (
                "The time of each point, in UTC. By default hours if the span is at most 14 days"
                f" long, and days otherwise. Hours are kept for {HOURS_KEPT} days."
            )
        },
    )
    region = fields.String(
        metadata={"description": "Count only the checks of this region. Uptime stays as it is."}
    )


class PointUptimeSchema(Schema):
    """Seconds in each condition. Their sum is the monitored time of the step."""

    up_seconds = fields.Float(attribute="up", required=True)
    down_seconds = fields.Float(attribute="down", required=True)
    unknown_seconds = fields.Float(attribute="unknown", required=True)
    maintenance_seconds = fields.Float(attribute="maintenance", required=True)
    percent = fields.Float(required=True, allow_none=True)


class PointPhasesSchema(Schema):
    """The mean milliseconds of each phase of the checks that passed."""

    dns = fields.Float(required=True)
    connect = fields.Float(required=True)
    tls = fields.Float(required=True)
    first_byte = fields.Float(required=True)


class PointLatencySchema(Schema):
    """Latency in milliseconds over the checks that passed. Values are null if no check passed."""

    count = fields.Integer(required=True)
    avg = fields.Float(required=True, allow_none=True)
    p50 = fields.Float(required=True, allow_none=True)
    p95 = fields.Float(required=True, allow_none=True)
    p99 = fields.Float(required=True, allow_none=True)
    phases = fields.Nested(PointPhasesSchema, required=True, allow_none=True)
    failed = fields.Integer(
        required=True, metadata={"description": "The number of checks that failed."}
    )
    unseen = fields.Integer(
        attribute="unknown",
        data_key="unknown",
        required=True,
        metadata={"description": "The number of checks without a result."},
    )


class PointSchema(Schema):
    start = Timestamp(data_key="from", required=True)
    end = Timestamp(data_key="to", required=True)
    uptime = fields.Nested(PointUptimeSchema, required=True)
    latency = fields.Nested(PointLatencySchema, required=True)


class SeriesSchema(Schema):
    """One point for each hour, day or month, the oldest first. The last one ends now."""

    step = fields.Enum(Step, by_value=True, required=True)
    relative_error = fields.Constant(
        RELATIVE_ERROR,
        required=True,
        metadata={
            "description": "By which share of it a percentile may differ from the exact one."
        },
    )
    points = fields.List(fields.Nested(PointSchema), required=True)
