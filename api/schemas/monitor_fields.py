"""The fields of a monitor that a user may set."""

import marshmallow as ma
from marshmallow import fields, validate

from api.schemas.base import Flag, Line, Schema, Whole
from domain.analytics.burn_rate import PERIODS
from models.monitor import Backoff
from probes import urls
from probes.endpoints import host_of
from security.egress.guard import judge_url_host
from server.resources import resources
from services.dependencies.dependencies import MOST_PARENTS
from services.monitors.kinds import SETTINGS
from services.monitors.relations import MOST_CREDENTIALS

_SETTINGS = {
    "anyOf": [
        {"$ref": f"#/components/schemas/{settings.__name__}"} for settings in SETTINGS.values()
    ],
    "description": "The settings of the kind. A change is merged into the existing settings.",
}


def _refuse_unreachable(text: str) -> None:
    """Refuse a URL that no probe may reach. The egress guard checks again at each check."""
    try:
        host = host_of(text)
    except urls.UrlError:
        return  # The service reports why the URL is invalid.
    try:
        judge_url_host(resources().egress, host)
    except ValueError as error:
        raise ma.ValidationError(str(error)) from error


class MonitorFields(Schema):
    """The fields of a monitor that a user may set."""

    name = Line(longest=200, required=True)
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
    tags = fields.List(Line(longest=50), validate=validate.Length(max=20))
    interval_seconds = Whole(
        5,
        86_400,
        allow_none=True,
        metadata={"description": "The interval in seconds. 60 by default."},
    )
    timeout_seconds = Whole(
        1,
        30,
        allow_none=True,
        metadata={
            "description": (
                "The timeout in seconds. By default 10, or one second less than the"
                " interval if that is less."
            )
        },
    )
    latency_threshold_ms = Whole(
        1,
        30_000,
        allow_none=True,
        metadata={"description": "The latency in milliseconds above which a check is `degraded`."},
    )
    regions = fields.List(
        fields.String(validate=validate.Length(1, 32)),
        validate=validate.Length(1, 20),
        metadata={
            "description": (
                "The regions that check the monitor. Each region makes every check. One"
                " region by default."
            )
        },
    )
    quorum = Whole(
        1,
        20,
        allow_none=True,
        metadata={
            "description": (
                "The number of regions that must see an outage. By default a majority of"
                " the regions with a result."
            )
        },
    )
    confirmations = Whole(
        1,
        10,
        metadata={
            "description": (
                "The failures that confirm an outage. 2 by default, and 1 for a heartbeat."
            )
        },
    )
    confirmation_window = Whole(
        1,
        10,
        allow_none=True,
        metadata={
            "description": (
                "The number of checks within which the failures must occur. By default all"
                " must be consecutive."
            )
        },
    )
    recheck_seconds = Whole(
        1,
        3600,
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
        2,
        100,
        allow_none=True,
        metadata={
            "description": (
                "The monitor is flapping if it changes state more often than this within"
                " the window. 10 by default. Null: never."
            )
        },
    )
    flap_window_seconds = Whole(
        60, 86_400, metadata={"description": "The flapping window in seconds. 3600 by default."}
    )
    recoveries = Whole(
        1,
        10,
        metadata={"description": "The consecutive successes that end an outage. 1 by default."},
    )
    contact_group_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(max=50),
        metadata={"description": "The contact groups to notify at once."},
    )
    escalation_policy_id = fields.UUID(
        allow_none=True,
        metadata={
            "description": "The escalation policy. Each of its steps notifies after its wait."
        },
    )
    reminder_minutes = Whole(
        5,
        1440,
        allow_none=True,
        metadata={"description": "Minutes between reminders. Null: as the escalation policy sets."},
    )
    slo_target = fields.Float(
        allow_none=True,
        validate=validate.Range(50, 99.999),
        metadata={
            "description": (
                "The SLO: the percentage of time that the monitor has to be up. Null: no objective."
            )
        },
    )
    slo_days = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.OneOf(PERIODS),
        metadata={"description": "The days over which the SLO is measured. 30 by default."},
    )
    expiry_days = fields.List(
        Whole(1, 365),
        validate=validate.Length(max=10),
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
        validate=validate.Length(max=MOST_PARENTS),
        metadata={
            "description": "The parents. While one of them is down, this monitor does not notify."
        },
    )
    paused = Flag()
