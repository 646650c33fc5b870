"""Monitors as they come in and go out."""

from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.json_body import flattened
from api.resources import resources
from api.schemas.base import Flag, Line, PageQuery, Schema, Timestamp, Whole, page_of
from api.schemas.heartbeats import HeartbeatSchema
from domain.burn_rate import PERIODS
from domain.expiry import Subject
from domain.shown_state import ShownState
from domain.state import State
from models.monitor import Backoff
from probes import urls
from probes.endpoints import host_of
from security.egress import judge_url_host
from services.dependencies import MOST_PARENTS
from services.errors import Invalid
from services.kinds import SETTINGS
from services.monitor_pages import ORDERS
from services.monitor_values import OF_PROBES, MonitorValues
from services.monitor_views import MonitorView
from services.references import MOST_CREDENTIALS

_SETTINGS = {
    "anyOf": [
        {"$ref": f"#/components/schemas/{settings.__name__}"} for settings in SETTINGS.values()
    ],
    "description": "Those of the kind. A change is laid over the settings that there are.",
}


def _refuse_unreachable(text: str) -> None:
    """Refuse at once what no probe will be let through to; the guard judges again at each check."""
    try:
        host = host_of(text)
    except urls.UrlError:
        return  # The service says what is wrong with it.
    try:
        judge_url_host(resources().egress, host)
    except ValueError as error:
        raise ma.ValidationError(str(error)) from error


class MonitorFields(Schema):
    """What a user may say of a monitor."""

    name = Line(longest=200, required=True)
    kind = fields.String(validate=validate.OneOf(list(SETTINGS)))
    url = fields.String(
        allow_none=True,
        validate=[validate.Length(1, urls.LONGEST), _refuse_unreachable],
        metadata={"description": "What is looked at. A heartbeat has none; all others need one."},
    )
    settings = fields.Dict(keys=fields.String(), metadata=_SETTINGS)
    tags = fields.List(Line(longest=50), validate=validate.Length(max=20))
    interval_seconds = Whole(
        5, 86_400, allow_none=True, metadata={"description": "60 if not given."}
    )
    timeout_seconds = Whole(
        1, 30, allow_none=True, metadata={"description": "10, or less than a short interval."}
    )
    latency_threshold_ms = Whole(
        1, 30_000, allow_none=True, metadata={"description": "A slower answer is `degraded`."}
    )
    regions = fields.List(
        fields.String(validate=validate.Length(1, 32)),
        validate=validate.Length(1, 20),
        metadata={"description": "From where: each makes every check. One if not given."},
    )
    quorum = Whole(
        1,
        20,
        allow_none=True,
        metadata={
            "description": "Regions that have to see an outage: most of those that can tell."
        },
    )
    confirmations = Whole(
        1, 10, metadata={"description": "Failures that make an outage: 2, or 1 of a heartbeat."}
    )
    confirmation_window = Whole(
        1,
        10,
        allow_none=True,
        metadata={"description": "Among how many checks. As many if not given: all in a row."},
    )
    recheck_seconds = Whole(
        1,
        3600,
        allow_none=True,
        metadata={"description": "Wait before looking again at a failure: 10."},
    )
    recheck_backoff = fields.Enum(
        Backoff, by_value=True, metadata={"description": "How the wait grows within a run."}
    )
    alert_on_degraded = Flag()
    flap_changes = Whole(
        2,
        100,
        allow_none=True,
        metadata={
            "description": "More changes than these within the window are flapping: 10. Null: never."
        },
    )
    flap_window_seconds = Whole(60, 86_400, metadata={"description": "3600 if not given."})
    recoveries = Whole(1, 10, metadata={"description": "Successes in a row that end one: 1."})
    contact_group_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(max=50),
        metadata={"description": "Told at once."},
    )
    escalation_policy_id = fields.UUID(
        allow_none=True, metadata={"description": "Its steps are told after their waits."}
    )
    reminder_minutes = Whole(
        5,
        1440,
        allow_none=True,
        metadata={"description": "Between reminders; null: as the escalation policy says."},
    )
    slo_target = fields.Float(
        allow_none=True,
        validate=validate.Range(50, 99.999),
        metadata={"description": "Percent of time that it is to be up; null: no objective."},
    )
    slo_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.OneOf(PERIODS),
        metadata={"description": "Over so many days: 30 if not given."},
    )
    expiry_days = fields.List(
        Whole(1, 365),
        validate=validate.Length(max=10),
        metadata={
            "description": "Days before a certificate or domain runs out: 30, 14, 7, 3 and 1."
        },
    )
    credential_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(max=MOST_CREDENTIALS),
        metadata={"description": "From the outermost to the innermost."},
    )
    parent_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(max=MOST_PARENTS),
        metadata={"description": "While one of these is down, nobody is told of this one."},
    )
    paused = Flag()


class MonitorCreateSchema(MonitorFields):
    @ma.post_load
    def _make(self, data: dict[str, Any], **_: object) -> MonitorValues:
        return MonitorValues(**data)


class MonitorChangeSchema(MonitorFields):
    """Only what is given is changed."""


class StateSchema(Schema):
    """In maintenance the state is that; `checks_state` is what the checks say all the same."""

    state = fields.Enum(ShownState, attribute="shown_state", by_value=True, required=True)
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
    state = fields.List(fields.Enum(ShownState, by_value=True), metadata={"description": "Any of."})
    kind = fields.String(validate=validate.Length(1, 50))
    tag = fields.String(validate=validate.Length(1, 50))
    paused = fields.Boolean()
    contact_group_id = fields.UUID()
    order = fields.String(validate=validate.OneOf(ORDERS))


class _Each(fields.List[Any]):
    """A list whose bad items stand as `Invalid` in their place, so that the others can be used."""

    def _deserialize(self, value: Any, *_: object, **__: object) -> list[Any]:  # noqa: ANN401
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return [self._one(item) for item in value]

    def _one(self, item: object) -> MonitorValues | Invalid:
        try:
            loaded: MonitorValues = self.inner.deserialize(item)
        except ma.ValidationError as error:
            return Invalid(flattened(error.messages))
        return loaded


class BulkSchema(Schema):
    mode = fields.String(
        required=True,
        validate=validate.OneOf(["all", "each"]),
        metadata={"description": "`all`: all or none. `each`: those that can be created."},
    )
    monitors = _Each(
        fields.Nested(MonitorCreateSchema), required=True, validate=validate.Length(1, 500)
    )


class BulkItemSchema(Schema):
    index = fields.Integer(required=True)
    status = fields.Integer(required=True)
    monitor = fields.Nested(MonitorSchema)
    problem = fields.Dict(metadata={"allOf": [{"$ref": "#/components/schemas/Problem"}]})


class BulkResultSchema(Schema):
    items = fields.List(fields.Nested(BulkItemSchema), required=True)


class CheckNowQuery(Schema):
    trace = fields.Boolean(
        load_default=False,
        metadata={"description": "Answer a trace, which shows the check step by step."},
    )
    region = fields.String(
        validate=validate.Length(1, 32),
        metadata={"description": "Where to make a trace: the monitor's first region."},
    )


class RequestedCheckSchema(Schema):
    checked_at = Timestamp(
        required=True, metadata={"description": "When the check is due; its entry has this time."}
    )
