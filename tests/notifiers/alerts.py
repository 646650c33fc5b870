"""Alerts as a relay hands them to a notifier, for the tests of all kinds."""

from datetime import UTC, datetime, timedelta

from domain.alert import Alert, AlertEvent

STARTED = datetime(2026, 11, 24, 8, 12, 5, tzinfo=UTC)
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
