"""Monitors as they come in and go out."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import PageQuery, Schema, Timestamp, page_of
from api.schemas.heartbeats import HeartbeatSchema
from api.schemas.monitor_fields import MonitorFields
from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from domain.expiry import Subject
from services.monitors.lists import ORDERS
from services.monitors.values import OF_PROBES, MonitorValues
from services.monitors.views import MonitorView


class MonitorCreateSchema(MonitorFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> MonitorValues:
        return MonitorValues(**data)


class MonitorChangeSchema(MonitorFields):
    """Only what is given is changed."""


class StateSchema(Schema):
    """In maintenance the state is that; `checks_state` is what the checks say all the same."""

    state = fields.Enum(DisplayStatus, attribute="shown_state", by_value=True, required=True)
    checks_state = fields.Enum(State, attribute="state.state", by_value=True, required=True)
    since = Timestamp(
        attribute="state.since", required=True, metadata={"description": "Of `checks_state`."}
    )
    maintenance_until = Timestamp(required=True, allow_none=True)
    last_check_at = fields.Method(
        "_last_check", required=True, metadata={"type": ["string", "null"], "format": "date-time"}
    )
    incident_open = fields.Boolean(attribute="state.incident_open", required=True)

    def _last_check(self, view: MonitorView) -> str | None:
        slot = view.state.last_slot
        moment = datetime.fromtimestamp(slot, UTC) if slot else None
        return Timestamp()._serialize(moment)  # noqa: SLF001 - the one way that times are written


class RegionStateSchema(Schema):
    """What one of several regions sees; an advisory is what only too few of them see."""

    name = fields.String(required=True)
    state = fields.Enum(State, by_value=True, required=True)
    since = Timestamp(required=True)
    is_advisory = fields.Boolean(required=True)


class ExpirySchema(Schema):
    """What runs out, as a check saw it last."""

    subject = fields.Enum(Subject, by_value=True, required=True)
    expires_at = Timestamp(required=True)
    seen_at = Timestamp(required=True)
    identity = fields.String(
        required=True,
        metadata={
            "description": "SHA-256 of the certificate, or the last day of the registration."
        },
    )


class MonitorSchema(MonitorFields):
    """A monitor, and what it is now."""

    id = fields.UUID(attribute="public_id", required=True)
    state = fields.Nested(StateSchema, required=True)
    region_states = fields.List(fields.Nested(RegionStateSchema), required=True)
    expiries = fields.List(fields.Nested(ExpirySchema), required=True)
    heartbeat = fields.Nested(HeartbeatSchema, required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:  # noqa: ANN401
        """Look at the view first (state, groups), then at its monitor."""
        if attr in OF_PROBES and obj.heartbeat is not None:
            return None
        if attr == "state":
            return obj  # Together with the time it makes the state that is shown.
        if attr == "heartbeat" and obj.heartbeat is not None:
            return obj  # With the token, which is sealed in its row.
        if hasattr(obj, attr):
            return getattr(obj, attr)
        return getattr(obj.monitor, attr, default)


MonitorPageSchema = page_of(MonitorSchema, "MonitorPage")


class MonitorQuery(PageQuery):
    q = fields.String(
        validate=validate.Length(1, 200), metadata={"description": "In name, URL or tags."}
    )
    state = fields.List(
        fields.Enum(DisplayStatus, by_value=True), metadata={"description": "Any of."}
    )
    kind = fields.String(validate=validate.Length(1, 50))
    tag = fields.String(validate=validate.Length(1, 50))
    paused = fields.Boolean()
    contact_group_id = fields.UUID()
    order = fields.String(validate=validate.OneOf(ORDERS))


class CheckNowQuery(Schema):
    test_run = fields.Boolean(
        load_default=False,
        metadata={"description": "Answer a test run, which shows the check step by step."},
    )
    region = fields.String(
        validate=validate.Length(1, 32),
        metadata={"description": "Where to make a trace: the monitor's first region."},
    )


class RequestedCheckSchema(Schema):
    checked_at = Timestamp(
        required=True, metadata={"description": "When the check is due; its entry has this time."}
    )
