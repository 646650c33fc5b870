"""Schemas of latency."""

from marshmallow import fields, validate

from api.schemas.base import Schema, SpanQuery, Timestamp
from api.schemas.recipients import RecipientQuery

METHOD = (
    "`exact`, or `sketch` if whole hours were counted from their roll-ups. All figures but the"
    " percentiles are always exact."
)
RELATIVE_ERROR = "By which share of it a percentile may differ from the exact one; 0 if exact."


class LatencyQuery(SpanQuery, RecipientQuery):
    pass


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
