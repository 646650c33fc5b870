"""Schemas of monitors."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas import examples
from api.schemas.base import PageQuery, Schema, Timestamp, page_of
from api.schemas.examples import example
from api.schemas.heartbeats import HeartbeatSchema
from api.schemas.monitor_fields import MonitorFields
from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from domain.expiry import Subject
from services.monitors.listing.lists import ORDERS
from services.monitors.values import OF_PROBES, MonitorValues
from services.monitors.views import MonitorView


class MonitorNameSchema(Schema):
    id = fields.UUID(attribute="public_id", required=True)
    name = fields.String(required=True)


class MonitorCreateSchema(MonitorFields):
    examples: ClassVar = examples.of_kinds()

    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> MonitorValues:
        return MonitorValues(**data)


@example({"interval_seconds": 30, "settings": {"keyword": "Add to cart"}})
class MonitorChangeSchema(MonitorFields):
    """A partial change of a monitor."""


class StateSchema(Schema):
    """The state of a monitor.

    In a maintenance window `state` is `maintenance`, and `checks_state` is the state from the
    checks.
    """

    state = fields.Enum(DisplayStatus, attribute="display_status", by_value=True, required=True)
    checks_state = fields.Enum(State, attribute="state.state", by_value=True, required=True)
    since = Timestamp(
        attribute="state.since",
        required=True,
        metadata={"description": "The time since which `checks_state` holds."},
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
    """The state in one of several regions.

    An advisory is an outage in fewer regions than the quorum.
    """

    name = fields.String(required=True)
    state = fields.Enum(State, by_value=True, required=True)
    since = Timestamp(required=True)
    is_advisory = fields.Boolean(required=True)


class ExpirySchema(Schema):
    """The expiry of a certificate or domain, as the last check found it."""

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
    """A monitor, with its current state."""

    id = fields.UUID(attribute="public_id", required=True)
    state = fields.Nested(StateSchema, required=True)
    region_states = fields.List(fields.Nested(RegionStateSchema), required=True)
    expiries = fields.List(fields.Nested(ExpirySchema), required=True)
    heartbeat = fields.Nested(HeartbeatSchema, required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:  # noqa: ANN401
        """Read from the view first (state, groups), then from its monitor."""
        if attr in OF_PROBES and obj.heartbeat is not None:
            return None
        if attr == "state":
            return obj  # The view also has the time, which the displayed status depends on.
        if attr == "heartbeat" and obj.heartbeat is not None:
            return obj  # The view also has the token, which is encrypted in its row.
        if hasattr(obj, attr):
            return getattr(obj, attr)
        return getattr(obj.monitor, attr, default)


MonitorPageSchema = page_of(MonitorSchema, "MonitorPage")


class MonitorQuery(PageQuery):
    q = fields.String(
        validate=validate.Length(1, 200),
        metadata={"description": "A text to find in names, URLs or tags."},
    )
    state = fields.List(
        fields.Enum(DisplayStatus, by_value=True),
        metadata={"description": "The states to include."},
    )
    kind = fields.String(validate=validate.Length(1, 50))
    tag = fields.String(validate=validate.Length(1, 50))
    paused = fields.Boolean()
    contact_group_id = fields.UUID()
    project_id = fields.UUID()
    order = fields.String(validate=validate.OneOf(ORDERS))


class CheckNowQuery(Schema):
    test_run = fields.Boolean(
        load_default=False,
        metadata={"description": "Whether to make a test run, which shows the check step by step."},
    )
    region = fields.String(
        validate=validate.Length(1, 32),
        metadata={
            "description": "The region of the test run. By default the monitor's first region."
        },
    )


class RequestedCheckSchema(Schema):
    checked_at = Timestamp(
        required=True,
        metadata={
            "description": "The time at which the check is due, and the time of its log entry."
        },
    )
