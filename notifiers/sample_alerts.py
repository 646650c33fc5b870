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
)

_STARTED = datetime(2026, 1, 31, 8, 12, 5, tzinfo=UTC)
_KEY = "b0a3c7d5-0000-4000-8000-000000000001"
_OF_INCIDENTS = OPENINGS | ENDS | {AlertEvent.REMINDER, AlertEvent.ACKNOWLEDGED}
_OF_ORGANIZATIONS = IN_OUR_WORDS | {AlertEvent.TEST, AlertEvent.DIGEST}
_CAUSE = "Answered 500 Internal Server Error, expected 200-299."
_ASKS = OPENINGS | {AlertEvent.REMINDER}


_CAUSES = {
    AlertEvent.EXPIRY: "The certificate expires on 2026-02-07 08:12 UTC. Renew it before then.",
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
        full, url="", cause="", link="", acknowledge_link="", also_down=(), facts=(), headline=""
    )
    return full, bare


def sample(event: AlertEvent) -> Alert:
    of_incident = event in _OF_INCIDENTS
    of_monitor = event not in _OF_ORGANIZATIONS
    return Alert(
        key=_KEY,
        outage_key=_KEY,
        event=event,
        organization_name="Acme",
        monitor_id="c4d50a3c-0000-4000-8000-000000000002" if of_monitor else "",
        monitor_name="Front page" if of_monitor else "",
        url="https://shop.example/" if of_monitor else "",
        cause=_CAUSE if of_incident else _CAUSES.get(event, ""),
        started_at=_STARTED if of_incident else None,
        ended_at=_STARTED + timedelta(minutes=12) if event in ENDS else None,
        is_degraded=event is AlertEvent.DEGRADED,
        number=1 if event is AlertEvent.REMINDER else 0,
        also_down=("Basket", "Search") if event is AlertEvent.DOWN else (),
        facts=_FACTS.get(event, ()),
        headline=_HEADLINES.get(event, ""),
        link="https://downtime.example/api/v1/incidents/b0a3c7d5" if of_monitor else "",
        acknowledge_link="https://downtime.example/a/b0a3c7d5" if event in _ASKS else "",
        occurred_at=_STARTED + timedelta(minutes=13),
        parts=_parts() if event is AlertEvent.DIGEST else (),
    )


def _parts() -> tuple[Alert, ...]:
    return sample(AlertEvent.DOWN), sample(AlertEvent.UP)
