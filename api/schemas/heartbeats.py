"""Schemas of heartbeats and their pings."""

from marshmallow import fields

from api.schemas.base import PageQuery, Schema, Timestamp, page_of
from api.schemas.recipients import RecipientQuery
from domain.evaluation.heartbeat import Signal
from server.resources import resources
from services.monitors.views import MonitorView


class HeartbeatSchema(Schema):
    """The job behind a monitor of kind `heartbeat`. Null for other kinds."""

    ping_url = fields.Method(
        "_ping_url",
        required=True,
        metadata={
            "type": ["string", "null"],
            "description": (
                "The URL that the job requests when it has finished. Whoever knows it can"
                " ping for the job. Null if the caller lacks the permission to write"
                " monitors, or if the URL cannot be shown any more."
            ),
        },
    )
    previous_ping_url_until = Timestamp(
        attribute="heartbeat.previous_until",
        required=True,
        allow_none=True,
        metadata={"description": "The time until which the previous ping URL also works."},
    )
    expected_at = Timestamp(attribute="heartbeat.expected_at", required=True, allow_none=True)
    deadline_at = Timestamp(
        attribute="heartbeat.deadline_at",
        required=True,
        allow_none=True,
        metadata={"description": "The time at which the heartbeat is down unless a ping arrives."},
    )
    last_ping_at = Timestamp(attribute="heartbeat.last_ping_at", required=True, allow_none=True)
    started_at = Timestamp(
        attribute="heartbeat.started_at",
        required=True,
        allow_none=True,
        metadata={"description": "The start of the current run."},
    )
    run_id = fields.UUID(attribute="heartbeat.run_id", required=True, allow_none=True)
    last_duration_ms = fields.Integer(
        attribute="heartbeat.last_duration_ms", required=True, allow_none=True
    )
    last_exit_code = fields.Integer(
        attribute="heartbeat.last_exit_code", required=True, allow_none=True
    )

    def _ping_url(self, view: MonitorView) -> str | None:
        token = view.ping_token
        return None if token is None else f"{resources().settings.public_url}/ping/{token}"


class PingQuery(PageQuery, RecipientQuery):
    pass


class PingSchema(Schema):
    """One ping."""

    received_at = Timestamp(required=True)
    signal = fields.Enum(Signal, by_value=True, required=True)
    exit_code = fields.Integer(required=True, allow_none=True)
    run_id = fields.UUID(required=True, allow_none=True)
    duration_ms = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Milliseconds since the start of this run."},
    )
    body = fields.String(required=True)


PingPageSchema = page_of(PingSchema, "PingPage")
