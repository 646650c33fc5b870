"""A realistic alert of each event, to try templates on and to show them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.alerting.alert import (
    ACKNOWLEDGED_BY,
    ENDS,
    IN_OUR_WORDS,
    OPENINGS,
    STATE,
    Alert,
    AlertEvent,
    Outage,
)

_STARTED = datetime(2026, 1, 31, 8, 12, 5, tzinfo=UTC)
_KEY = "b0a3c7d5-0000-4000-8000-000000000001"
_OF_INCIDENTS = OPENINGS | ENDS | {AlertEvent.REMINDER, AlertEvent.ACKNOWLEDGED}
_OF_ORGANIZATIONS = IN_OUR_WORDS | {AlertEvent.TEST, AlertEvent.DIGEST}
_CAUSE = "Answered 500 Internal Server Error, expected 200-299."
_SYSTEM = "https://downtime.example"
_TOKEN = "4fKq9ZtB2xWm7C"  # noqa: S105 - of an example
_SLOW = "The answer took 4,200 ms, more than 2,000 ms."
_NUMBER = "7a0f2c1e-0000-4000-8000-000000000003"
_WRITTEN_AFTER = timedelta(seconds=33)
_REMINDED_AFTER = timedelta(minutes=25)
_LASTED = timedelta(minutes=12)
_ASKS = OPENINGS | {AlertEvent.REMINDER}


_CAUSES = {
    AlertEvent.EXPIRY: "The certificate expires on 2026-02-07 09:12 CET. Renew it before then.",
    AlertEvent.BURN_RATE: "Downtime in the last 1 h was 14.4 times what the objective allows.",
    AlertEvent.CHANNEL_DISABLED: "The mail server answered 550 5.1.1 no such user",
    AlertEvent.QUOTA: "80 % of this month's 100 text messages and calls are used.",
}
_HEADLINES = {
    AlertEvent.EXPIRY: "Certificate expires in 7 days",
    AlertEvent.QUOTA: "Text quota 80 % used",
}
_FACTS = {
    AlertEvent.ACKNOWLEDGED: ((ACKNOWLEDGED_BY, "Ann"), ("Note", "Restarting the database.")),
    AlertEvent.FLAPPING: (("Changes", "6 within 30 minutes"),),
    AlertEvent.STABLE: ((STATE, "up"),),
    AlertEvent.BURN_RATE: (
        ("Objective", "99.9 % over 30 days"),
        ("Error budget used", "9 min of 43 min 12 s"),
    ),
    AlertEvent.CHANNEL_DISABLED: (("Channel", "email bob@example.org"), ("Contact", "Bob")),
}


def samples(event: AlertEvent) -> Sequence[Alert]:
    """Return the fullest and the barest alert of this event."""
    full = sample(event)
    bare = replace(
        full,
        url="",
        tags=(),
        cause="",
        cause_code="",
        http_status=None,
        failures=0,
        regions=(),
        outage=None,
        link="",
        unsubscribe_link="",
        page_link="",
        acknowledge_link="",
        call_link="",
        also_down=(),
        facts=(),
        headline="",
    )
    return full, bare


def sample(event: AlertEvent) -> Alert:
    """Return an alert with everything that messages about this event have."""
    alert = Alert(
        key=_KEY,
        outage_key=_KEY,
        event=event,
        organization_name="Acme",
        cause=_CAUSES.get(event, ""),
        # Owners are notified of the quota at the address that they log in with.
        unsubscribe_link="" if event is AlertEvent.QUOTA else f"{_SYSTEM}/links/unsubscribe/1",
        facts=_FACTS.get(event, ()),
        headline=_HEADLINES.get(event, ""),
        occurred_at=_STARTED + _WRITTEN_AFTER,
        time_zone="Europe/Berlin",
    )
    if event is AlertEvent.DIGEST:
        return _digest(alert)
    if event in _OF_ORGANIZATIONS:
        return alert
    alert = replace(
        alert,
        monitor_id="c4d50a3c-0000-4000-8000-000000000002",
        monitor_name="Front page",
        url="https://shop.example/",
        tags=("shop", "web"),
        link=f"{_SYSTEM}/api/v1/monitors/c4d50a3c-0000-4000-8000-000000000002",
        page_link=f"{_SYSTEM}/monitors/c4d50a3c-0000-4000-8000-000000000002",
    )
    return _of_incident(alert) if event in _OF_INCIDENTS else alert


def _of_incident(alert: Alert) -> Alert:
    event = alert.event
    ended_at = _STARTED + _LASTED if event in ENDS else None
    is_reminder = event is AlertEvent.REMINDER
    written_at = ended_at or _STARTED + (_REMINDED_AFTER if is_reminder else _WRITTEN_AFTER)
    is_degraded = event is AlertEvent.DEGRADED
    down_for = timedelta() if is_degraded or event in OPENINGS else written_at - _STARTED
    asks = event in _ASKS
    return replace(
        alert,
        incident_id=_NUMBER,
        cause=_SLOW if is_degraded else _CAUSE,
        cause_code="slow" if is_degraded else "status",
        http_status=200 if is_degraded else 500,
        failures=3,
        regions=("eu-west", "us-east"),
        started_at=_STARTED,
        ended_at=ended_at,
        outage=Outage(started_at=_STARTED, ended_at=ended_at, down_for=down_for),
        is_degraded=is_degraded,
        number=1 if is_reminder else 0,
        also_down=("Basket", "Search") if event is AlertEvent.DOWN else (),
        link=f"{_SYSTEM}/api/v1/incidents/{_NUMBER}",
        page_link=f"{_SYSTEM}/incidents/{_NUMBER}",
        acknowledge_link=f"{_SYSTEM}/a/{_TOKEN}" if asks else "",
        call_link=f"{_SYSTEM}/a/{_TOKEN}/call" if asks else "",
        occurred_at=written_at,
    )


def _digest(alert: Alert) -> Alert:
    """Return a digest of a burst, after the messages that were sent one by one."""
    return replace(
        alert,
        page_link=f"{_SYSTEM}/incidents",
        acknowledge_link=f"{_SYSTEM}/a/{_TOKEN[::-1]}",
        call_link=f"{_SYSTEM}/a/{_TOKEN[::-1]}/call",
        parts=(sample(AlertEvent.DOWN), sample(AlertEvent.UP)),
        sent_before=10,
    )
