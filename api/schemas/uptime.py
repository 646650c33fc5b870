"""Schemas of uptime."""

from marshmallow import fields

from api.schemas.base import Schema, SpanQuery, Timestamp
from api.schemas.recipients import RecipientQuery


class UptimeQuery(SpanQuery, RecipientQuery):
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
