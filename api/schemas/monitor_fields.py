"""What a user may say of a monitor."""

import marshmallow as ma
from marshmallow import fields, validate

from api.resources import resources
from api.schemas.base import Flag, Line, Schema, Whole
from domain.analytics.burn_rate import PERIODS
from models.monitor import Backoff
from probes import urls
from probes.endpoints import host_of
from security.egress.guard import judge_url_host
from services.dependencies.dependencies import MOST_PARENTS
from services.monitors.kinds import SETTINGS
from services.monitors.relations import MOST_CREDENTIALS

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
