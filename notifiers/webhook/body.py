"""The body of a webhook, and the source of `docs/reference/webhook.schema.json`.

`VERSION` increases when a field is removed or changes its meaning; `docs/reference/webhooks.md` lists
what changed. Fields may be added at any time.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, PlainSerializer

from domain.alerting import alert as alerts
from domain.alerting.alert import Alert, AlertEvent
from notifiers.one_line import one_line
from notifiers.wording import wording

VERSION: Literal[2] = 2
TYPES = {
    AlertEvent.DOWN: "monitor.down",
    AlertEvent.DEGRADED: "monitor.degraded",
    AlertEvent.UP: "monitor.up",
    AlertEvent.ENDED: "monitor.deleted",
    AlertEvent.FLAPPING: "monitor.flapping",
    AlertEvent.STABLE: "monitor.stable",
    AlertEvent.EXPIRY: "monitor.expiry",
    AlertEvent.BURN_RATE: "monitor.burn_rate",
    AlertEvent.REMINDER: "incident.reminder",
    AlertEvent.ACKNOWLEDGED: "incident.acknowledged",
    AlertEvent.MISSED: "incident.missed",
    AlertEvent.CONFIRM: "channel.confirm",
    AlertEvent.TEST: "channel.test",
    AlertEvent.CHANNEL_DISABLED: "channel.disabled",
    AlertEvent.DIGEST: "organization.digest",
    AlertEvent.QUOTA: "organization.quota",
    AlertEvent.EVENT: "organization.event",
}

Moment = Annotated[
    datetime,
    PlainSerializer(
        lambda time: time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        return_type=str,
    ),
]


class Monitor(BaseModel):
    """A monitor. `url` is null for a monitor without a URL, such as a heartbeat."""

    id: str
    name: str
    url: str | None
    tags: tuple[str, ...]


class Outage(BaseModel):
    """The incident with those before and after it that differ in severity only.

    `down_seconds` is how long it was down, so far or in all. `ended_at` is null while it is open.
    """

    started_at: Moment
    ended_at: Moment | None
    down_seconds: float


class Incident(BaseModel):
    """One incident. `key` is the same in every message about its outage to this webhook.

    `cause` is a code, such as `status` or `timeout`. `http_status` is the status of the last failed
    check, null if there was no HTTP response. `failed_checks` is how many checks confirmed the
    incident, in `regions`; null if that is no longer known. `ended_at` and `duration_seconds` are
    null while it is open. `is_authorization` means that the credential failed. The site itself may
    be up.
    """

    id: str
    key: str
    severity: Literal["down", "degraded"]
    is_authorization: bool
    cause: str
    http_status: int | None
    failed_checks: int | None
    regions: tuple[str, ...]
    started_at: Moment
    ended_at: Moment | None
    duration_seconds: float | None
    outage: Outage


class Fact(BaseModel):
    """One more fact, in words for people."""

    label: str
    value: str


class Data(BaseModel):
    """The data of a message.

    `monitor` and `incident` are null if the message is about none. `detail` is the reason in words,
    such as the sentence for the cause of an incident. `also_down` lists names of monitors. `link` is
    the address in the API, `page` the one in the app.
    """

    organization: str
    subject: str
    text: str
    monitor: Monitor | None
    incident: Incident | None
    reminder: int | None
    detail: str
    also_down: tuple[str, ...]
    facts: tuple[Fact, ...]
    link: str | None
    page: str | None
    acknowledge_link: str | None
    late_by_seconds: float | None
    parts: tuple["Event", ...]
    """The messages that a digest contains."""


class Event(BaseModel):
    """A message. `timestamp` is the time of the event; the time of the attempt is in the header."""

    version: Literal[2] = VERSION
    type: str
    timestamp: Moment
    data: Data


def event(alert: Alert) -> Event:
    return Event(type=TYPES[alert.event], timestamp=_moment(alert), data=_data(alert))


def encoded(alert: Alert) -> bytes:
    return event(alert).model_dump_json().encode()


def _data(alert: Alert) -> Data:
    words = wording(alert)
    return Data(
        organization=one_line(alert.organization_name),
        subject=words.subject,
        text=words.sentence,
        monitor=_monitor(alert),
        incident=_incident(alert),
        reminder=alert.number or None,
        detail=one_line(alert.cause),
        also_down=tuple(one_line(name) for name in alert.also_down),
        facts=tuple(
            Fact(label=one_line(label), value=one_line(value)) for label, value in alert.facts
        ),
        link=alert.link or None,
        page=alert.page_link or None,
        acknowledge_link=alert.acknowledge_link or None,
        late_by_seconds=alert.late_by.total_seconds() if alert.late_by else None,
        parts=tuple(event(part) for part in alert.parts),
    )


def _monitor(alert: Alert) -> Monitor | None:
    if not alert.monitor_name:
        return None
    return Monitor(
        id=alert.monitor_id,
        name=one_line(alert.monitor_name),
        url=one_line(alert.url) or None,
        tags=tuple(map(one_line, alert.tags)),
    )


def _incident(alert: Alert) -> Incident | None:
    if alert.started_at is None:
        return None
    degraded = alert.is_degraded or alert.event is AlertEvent.DEGRADED
    lasted = alert.duration
    return Incident(
        id=alert.incident_id,
        key=alert.outage_key,
        severity="degraded" if degraded else "down",
        is_authorization=alert.is_authorization,
        cause=alert.cause_code,
        http_status=alert.http_status,
        failed_checks=alert.failures or None,
        regions=alert.regions,
        started_at=alert.started_at,
        ended_at=alert.ended_at,
        duration_seconds=None if lasted is None else lasted.total_seconds(),
        outage=_outage(alert, alert.started_at),
    )


def _outage(alert: Alert, started_at: datetime) -> Outage:
    """Return the whole outage; without any other incident it is the incident itself."""
    whole = alert.outage or alerts.Outage(started_at=started_at, ended_at=alert.ended_at)
    return Outage(
        started_at=whole.started_at,
        ended_at=whole.ended_at,
        down_seconds=whole.down_for.total_seconds(),
    )


def _moment(alert: Alert) -> datetime:
    return alert.occurred_at or alert.ended_at or alert.started_at or datetime.now(UTC)
