"""Models of events, from which the JSON Schemas at `/api/v1/schemas/events` are made.

`version` grows when a field is removed or changes its meaning; fields may be added at any time.
"""

import uuid
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema, create_model

from domain.evaluation.state import Severity
from domain.expiry import Subject
from models.incident import Resolution
from notifiers.webhook import body as webhook_body

Moment = Annotated[webhook_body.Moment, WithJsonSchema({"type": "string", "format": "date-time"})]


class Data(BaseModel):
    """What an event of one name has to say."""


class Monitor(BaseModel):
    """`url` is null for what has no address, such as a heartbeat."""

    id: uuid.UUID
    name: str
    kind: str
    url: str | None
    tags: list[str]


class Incident(BaseModel):
    """One outage; what has not happened is null."""

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
    changes: list[str] = Field(description="The names of the fields that changed.")


class OfIncident(OfMonitor):
    incident: Incident


class RegionDown(OfMonitor):
    """One region of several sees an outage, too few for an incident."""

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
    days: int = Field(description="The threshold that was passed.")


class BurnRate(OfMonitor):
    """Both rates are multiples of the rate that would use up the budget in just the whole window."""

    target_percent: float
    window_days: int
    burn_rate: float
    long_window_seconds: int
    short_window_seconds: int


class Delivery(BaseModel):
    """A message that reached nobody. `event` is what it was about."""

    id: uuid.UUID
    event: str
    kind: str
    address: str
    error: str
    created_at: Moment


class DeliveryFailed(Data):
    delivery: Delivery


class TestEvent(Data):
    """Somebody pressed the button."""

    subscription: uuid.UUID


class Envelope(BaseModel):
    """`id` is that of the event, whatever the subscription; the header has that of the message."""

    version: Literal[1] = 1
    id: uuid.UUID
    type: str
    timestamp: Moment
    data: Data


EVENTS: dict[str, tuple[type[Data], str]] = {
    "monitor.created": (OfMonitor, "A monitor was created."),
    "monitor.changed": (MonitorChanged, "A monitor was changed, paused or resumed."),
    "monitor.deleted": (OfMonitor, "A monitor was deleted."),
    "monitor.down": (OfIncident, "A monitor is down: enough checks and regions say so."),
    "monitor.degraded": (OfIncident, "A monitor is degraded, where that is worth an alert."),
    "monitor.up": (OfIncident, "A monitor is up again."),
    "monitor.region_down": (RegionDown, "One region of several sees an outage, too few of them."),
    "incident.opened": (OfIncident, "An incident began."),
    "incident.acknowledged": (OfIncident, "Somebody takes care of an incident."),
    "incident.closed": (OfIncident, "An incident is over; its `resolution` says how."),
    "expiry.certificate": (Expiring, "A certificate runs out: a threshold was passed."),
    "expiry.domain": (Expiring, "The registration of a domain runs out."),
    "slo.burn_rate": (BurnRate, "The allowed downtime is being used up too fast."),
    "delivery.failed": (DeliveryFailed, "A message was given up: it reached nobody."),
    "subscription.test": (TestEvent, "Somebody tried the subscription out."),
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
