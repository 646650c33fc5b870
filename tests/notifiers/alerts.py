"""Alerts as a relay hands them to a notifier, for the tests of all kinds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.alerting.alert import Alert, AlertEvent

_OF_INCIDENTS = frozenset(
    {
        AlertEvent.DOWN,
        AlertEvent.DEGRADED,
        AlertEvent.REMINDER,
        AlertEvent.UP,
        AlertEvent.MISSED,
        AlertEvent.ACKNOWLEDGED,
        AlertEvent.ENDED,
    }
)
_OF_MONITORS = frozenset(
    {AlertEvent.FLAPPING, AlertEvent.STABLE, AlertEvent.EXPIRY, AlertEvent.BURN_RATE}
)
ACKNOWLEDGE = "https://downtime.example/links/acknowledge/1"
STARTED = datetime(2026, 11, 24, 8, 12, 5, tzinfo=UTC)
WHY = "(answered 500 Internal Server Error, expected 200-299)"
"""What the subject of an opening says beside the name."""
OUTAGE_KEY = "0a3c7d50-0000-4000-8000-000000000001"
RECOVERY_KEY = "0a3c7d50-0000-4000-8000-000000000002"


def outage(
    *,
    name: str = "Shop",
    cause: str = "Answered 500 Internal Server Error, expected 200-299.",
    url: str = "https://shop.example/",
) -> Alert:
    return Alert(
        key=OUTAGE_KEY,
        outage_key=OUTAGE_KEY,
        event=AlertEvent.DOWN,
        monitor_name=name,
        url=url,
        cause=cause,
        started_at=STARTED,
        ended_at=None,
        link="https://downtime.example/api/v1/incidents/1",
    )


def recovery(*, name: str = "Shop", event: AlertEvent = AlertEvent.UP) -> Alert:
    return Alert(
        key=RECOVERY_KEY,
        outage_key=OUTAGE_KEY,
        event=event,
        monitor_name=name,
        url="https://shop.example/",
        cause="Answered 500 Internal Server Error, expected 200-299.",
        started_at=STARTED,
        ended_at=STARTED + timedelta(minutes=12),
        link="https://downtime.example/api/v1/incidents/1",
    )


def about_many() -> Alert:
    return Alert(
        key=RECOVERY_KEY,
        outage_key=RECOVERY_KEY,
        event=AlertEvent.DIGEST,
        organization_name="Acme",
        parts=(outage(name="Shop"), outage(name="Blog"), recovery(name="Wiki")),
    )


def of_event(event: AlertEvent, *, name: str = "Shop") -> Alert:
    """Return what a relay would hand over: with an incident where the event is about one."""
    if event is AlertEvent.DIGEST:
        return about_many()
    if event in _OF_INCIDENTS:
        over = event in {AlertEvent.UP, AlertEvent.MISSED, AlertEvent.ENDED}
        base = recovery(name=name) if over else outage(name=name)
        return replace(base, event=event)
    about_monitor = event in _OF_MONITORS
    return Alert(
        key=RECOVERY_KEY,
        outage_key=RECOVERY_KEY,
        event=event,
        organization_name="Acme",
        monitor_name=name if about_monitor else "",
        cause="The certificate expires in 7 days." if about_monitor else "",
        confirm_link="https://downtime.example/confirm/1" if event is AlertEvent.CONFIRM else "",
    )


def every_event() -> list[Alert]:
    return [of_event(event) for event in AlertEvent]
