"""Models of events, the source of the JSON Schemas at `/api/v1/schemas/events`.

`version` increases when a field is removed or changes its meaning. Fields may be added at any time.
"""

import uuid
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema, create_model

from domain.analytics.slo_period import CalendarUnit
from domain.evaluation.state import Severity
from domain.expiry import Subject
from models.incident import Resolution
from models.slo import Indicator
from notifiers.webhook import body as webhook_body

Moment = Annotated[webhook_body.Moment, WithJsonSchema({"type": "string", "format": "date-time"})]


class Data(BaseModel):
    """The data of an event."""


class Monitor(BaseModel):
    """A monitor. `url` is null for a monitor without a URL, such as a heartbeat."""

    id: uuid.UUID
    name: str
    kind: str
    url: str | None
    tags: list[str]


class Incident(BaseModel):
    """One outage. A field is null if its event has not happened."""

    id: uuid.UUID
    severity: Severity
    cause: str
    detail: str
    started_at: Moment
    confirmed_at: Moment
    ended_at: Moment | None
    resolution: Resolution | None
    acknowledged_at: Moment | None
    acknowledged_by: str | None


class OfMonitor(Data):
    monitor: Monitor


class MonitorChanged(OfMonitor):
    changes: list[str] = Field(description="The names of the changed fields.")


class OfIncident(OfMonitor):
    incident: Incident


class RegionDown(OfMonitor):
    """An outage in fewer regions than the quorum, which opens no incident."""

    region: str
    since: Moment
    cause: str
    detail: str


class Expiry(BaseModel):
    subject: Subject
    expires_at: Moment
    identity: str = Field(
        description="SHA-256 of the certificate, or the last day of the registration."
    )


class Expiring(OfMonitor):
    expiry: Expiry
    days: int = Field(description="The passed threshold, in days before the expiry.")


class Slo(BaseModel):
    """An SLO of one monitor, of those with a `tag`, or of all; its period is one of the two."""

    id: uuid.UUID
    name: str
    indicator: Indicator
    target_percent: float
    rolling_days: int | None
    calendar: CalendarUnit | None
    tag: str | None


class BurnRate(Data):
    """`burn_rate` is a multiple of the rate that uses the error budget in exactly its period.

    `monitor` is null for an SLO of several monitors.
    """

    slo: Slo
    monitor: Monitor | None
    burn_rate: float
    long_window_seconds: int
    short_window_seconds: int


class Delivery(BaseModel):
    """A message that was given up. `event` names the event that it was about."""

    id: uuid.UUID
    event: str
    kind: str
    address: str
    error: str
    created_at: Moment


class DeliveryFailed(Data):
    delivery: Delivery


class AuditActor(BaseModel):
    kind: str
    id: uuid.UUID | None
    label: str | None


class AuditTarget(BaseModel):
    kind: str | None
    id: uuid.UUID | None
    label: str | None


class AuditChange(BaseModel):
    """A row that changed. A secret is only said to be `changed`."""

    kind: str
    id: str | None
    label: str | None
    how: str
    before: dict[str, Any]
    after: dict[str, Any]


class AuditRecorded(Data):
    """An entry of the audit log. The sequence has no gaps; `hash` and it are an anchor."""

    id: uuid.UUID
    sequence: int
    at: Moment
    action: str
    via: str
    actor: AuditActor
    target: AuditTarget
    changes: list[AuditChange]
    ip: str | None
    user_agent: str | None
    request_id: str | None
    previous_hash: str
    hash: str


class AccountChanged(Data):
    """What was done to the account of the organization, as its entry in the audit log says.

    A secret is only said to be `changed`.
    """

    actor: AuditActor
    target: AuditTarget
    changes: list[AuditChange]


class UsageThreshold(Data):
    """A part of a limit that is used, of those in `GET /organization/plan`."""

    limit: str
    percent: Literal[80, 100]
    used: float
    allowed: int


class TestEvent(Data):
    """A test that a user started."""

    subscription: uuid.UUID


class Envelope(BaseModel):
    """An event.

    `id` identifies the event and is the same for all subscriptions. The header identifies the
    message.
    """

    version: Literal[1] = 1
    id: uuid.UUID
    type: str
    timestamp: Moment
    data: Data


EVENTS: dict[str, tuple[type[Data], str]] = {
    "monitor.created": (OfMonitor, "A monitor was created."),
    "monitor.changed": (MonitorChanged, "A monitor was changed, paused or resumed."),
    "monitor.deleted": (OfMonitor, "A monitor was deleted."),
    "monitor.down": (OfIncident, "A monitor is down: enough checks and regions confirmed it."),
    "monitor.degraded": (OfIncident, "A monitor is degraded, and its `alert_on_degraded` is set."),
    "monitor.up": (OfIncident, "A monitor is up again."),
    "monitor.region_down": (RegionDown, "A region sees an outage that is below the quorum."),
    "incident.opened": (OfIncident, "An incident began."),
    "incident.acknowledged": (OfIncident, "An incident was acknowledged."),
    "incident.closed": (OfIncident, "An incident ended. Its `resolution` gives the reason."),
    "expiry.certificate": (Expiring, "A certificate is about to expire: a threshold was passed."),
    "expiry.domain": (
        Expiring,
        "The registration of a domain is about to expire: a threshold was passed.",
    ),
    "slo.burn_rate": (BurnRate, "The error budget is being used too fast."),
    "delivery.failed": (DeliveryFailed, "A message was given up and reached nobody."),
    "audit.recorded": (AuditRecorded, "An entry was added to the audit log."),
    "member.joined": (AccountChanged, "A person became a member."),
    "member.left": (AccountChanged, "A member left, or deleted the account."),
    "member.removed": (AccountChanged, "A member was removed."),
    "invitation.created": (AccountChanged, "A person was invited."),
    "invitation.resent": (AccountChanged, "An invitation was sent again."),
    "invitation.deleted": (AccountChanged, "An invitation was withdrawn."),
    "role.changed": (AccountChanged, "A member got another role."),
    "key.created": (AccountChanged, "An API key or a service account was created."),
    "key.changed": (AccountChanged, "An API key or a service account was changed."),
    "key.rotated": (AccountChanged, "An API key or a service account got a new secret."),
    "key.deleted": (AccountChanged, "An API key or a service account was deleted."),
    "plan.changed": (AccountChanged, "The organization has another plan."),
    "plan.limits_changed": (AccountChanged, "An operator changed limits of the organization."),
    "usage.threshold": (UsageThreshold, "80 or 100 % of a limit are used."),
    "organization.suspended": (AccountChanged, "An operator suspended the organization."),
    "organization.unsuspended": (AccountChanged, "An operator ended the suspension."),
    "subscription.test": (TestEvent, "A user sent a test event to the subscription."),
}
"""The data and the description of each event, by name."""


@cache
def document(name: str) -> type[Envelope]:
    """Return the model of a whole event. Raise `KeyError` for an unknown name."""
    data, description = EVENTS[name]
    fields: dict[str, Any] = {"type": (Literal[name], ...), "data": (data, ...)}
    return create_model("Event", __base__=Envelope, __doc__=description, **fields)


def schema(name: str) -> dict[str, object]:
    """Return the JSON Schema of an event. Raise `KeyError` for an unknown name."""
    made = document(name).model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": name}
