"""The fields of a monitor that a user may set."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Flag, Line, Schema, Whole
from models.monitor import Backoff
from probes import urls
from server.limits import egress
from services.errors import Invalid
from services.monitors import bounds
from services.monitors.bounds import INTEGERS, MOST
from services.monitors.kinds import SETTINGS
from services.monitors.relations import MOST_CREDENTIALS

_SETTINGS = {
    "anyOf": [
        {"$ref": f"#/components/schemas/{settings.__name__}"} for settings in SETTINGS.values()
    ],
    "description": "The settings of the kind. A change is merged into the existing settings.",
}


def _refuse_unreachable(text: str) -> None:
    try:
        egress.refuse_unreachable(text)
    except Invalid as invalid:
        raise ma.ValidationError(list(invalid.problems["url"])) from invalid


class MonitorFields(Schema):
    """The fields of a monitor that a user may set."""

    name = Line(longest=bounds.LONGEST_NAME, required=True)
    kind = fields.String(validate=validate.OneOf(list(SETTINGS)))
    url = fields.String(
        allow_none=True,
        validate=[validate.Length(1, urls.LONGEST), _refuse_unreachable],
        metadata={
            "description": (
                "The address to check. Required for every kind except `heartbeat`, which has none."
            )
        },
    )
    settings = fields.Dict(keys=fields.String(), metadata=_SETTINGS)
    tags = fields.List(Line(longest=bounds.LONGEST_TAG), validate=validate.Length(max=MOST["tags"]))
    interval_seconds = Whole(
        *INTEGERS["interval_seconds"],
        allow_none=True,
        metadata={"description": "The interval in seconds. 60 by default."},
    )
    timeout_seconds = Whole(
        *INTEGERS["timeout_seconds"],
        allow_none=True,
        metadata={
            "description": (
                "The timeout in seconds. By default 10, or one second less than the"
                " interval if that is less."
            )
        },
    )
    latency_threshold_ms = Whole(
        *INTEGERS["latency_threshold_ms"],
        allow_none=True,
        metadata={"description": "The latency in milliseconds above which a check is `degraded`."},
    )
    regions = fields.List(
        fields.String(validate=validate.Length(1, bounds.LONGEST_REGION)),
        validate=validate.Length(1, MOST["regions"]),
        metadata={
            "description": (
                "The regions that check the monitor. Each region makes every check. One"
                " region by default."
            )
        },
    )
    quorum = Whole(
        *INTEGERS["quorum"],
        allow_none=True,
        metadata={
            "description": (
                "The number of regions that must see an outage. By default a majority of"
                " the regions with a result."
            )
        },
    )
    confirmations = Whole(
        *INTEGERS["confirmations"],
        metadata={
            "description": (
                "The failures that confirm an outage. 2 by default, and 1 for a heartbeat."
            )
        },
    )
    confirmation_window = Whole(
        *INTEGERS["confirmation_window"],
        allow_none=True,
        metadata={
            "description": (
                "The number of checks within which the failures must occur. By default all"
                " must be consecutive."
            )
        },
    )
    recheck_seconds = Whole(
        *INTEGERS["recheck_seconds"],
        allow_none=True,
        metadata={"description": "The seconds between a failure and its recheck. 10 by default."},
    )
    recheck_backoff = fields.Enum(
        Backoff,
        by_value=True,
        metadata={"description": "How the wait between rechecks grows within a run of failures."},
    )
    alert_on_degraded = Flag()
    flap_changes = Whole(
        *INTEGERS["flap_changes"],
        allow_none=True,
        metadata={
            "description": (
                "The monitor is flapping if it changes state more often than this within"
                " the window. 10 by default. Null: never."
            )
        },
    )
    flap_window_seconds = Whole(
        *INTEGERS["flap_window_seconds"],
        metadata={"description": "The flapping window in seconds. 3600 by default."},
    )
    recoveries = Whole(
        *INTEGERS["recoveries"],
        metadata={"description": "The consecutive successes that end an outage. 1 by default."},
    )
    contact_group_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(max=MOST["contact_group_ids"]),
        metadata={"description": "The contact groups to notify at once."},
    )
    escalation_policy_id = fields.UUID(
        allow_none=True,
        metadata={
            "description": "The escalation policy. Each of its steps notifies after its wait."
        },
    )
    project_id = fields.UUID(
        allow_none=True,
        metadata={"description": "The project that it belongs to. Null: only to the organization."},
    )
    reminder_minutes = Whole(
        *INTEGERS["reminder_minutes"],
        allow_none=True,
        metadata={"description": "Minutes between reminders. Null: as the escalation policy sets."},
    )
    expiry_days = fields.List(
        Whole(*bounds.EXPIRY_DAYS),
        validate=validate.Length(max=MOST["expiry_days"]),
        metadata={
            "description": (
                "The days before the expiry of a certificate or domain at which to notify."
                " 30, 14, 7, 3 and 1 by default."
            )
        },
    )
    credential_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(max=MOST_CREDENTIALS),
        metadata={"description": "The credentials, from the outermost to the innermost."},
    )
    parent_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(max=MOST["parent_ids"]),
        metadata={
            "description": "The parents. While one of them is down, this monitor does not notify."
        },
    )
    paused = Flag()

    @ma.validates_schema
    def _refuse_unreachable_steps(self, data: dict[str, Any], **_: object) -> None:
        try:
            egress.refuse_unreachable_steps(data.get("settings", {}))
        except Invalid as invalid:
            raise ma.ValidationError(dict(invalid.problems)) from invalid
