"""An alert of each event as it could be, to try templates on and to show them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.alerting.alert import ENDS, IN_OUR_WORDS, OPENINGS, Alert, AlertEvent

_STARTED = datetime(2026, 1, 31, 8, 12, 5, tzinfo=UTC)
_KEY = "b0a3c7d5-0000-4000-8000-000000000001"
_OF_INCIDENTS = OPENINGS | ENDS | {AlertEvent.REMINDER, AlertEvent.ACKNOWLEDGED}
_OF_ORGANIZATIONS = IN_OUR_WORDS | {AlertEvent.TEST, AlertEvent.DIGEST}
_ASKS = OPENINGS | {AlertEvent.REMINDER}


def samples(event: AlertEvent) -> Sequence[Alert]:
    """Return the fullest and the barest alert of this event."""
    full = sample(event)
    bare = replace(full, url="", cause="", link="", acknowledge_link="", also_down=(), facts=())
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
        cause="Answered 500 Internal Server Error, expected 200-299.",
        started_at=_STARTED if of_incident else None,
        ended_at=_STARTED + timedelta(minutes=12) if event in ENDS else None,
        is_degraded=event is AlertEvent.DEGRADED,
        number=1 if event is AlertEvent.REMINDER else 0,
        also_down=("Basket", "Search") if event is AlertEvent.DOWN else (),
        facts=(("Certificate", "expires in 7 days"),) if event is AlertEvent.EXPIRY else (),
        link="https://downtime.example/api/v1/incidents/b0a3c7d5" if of_monitor else "",
        acknowledge_link="https://downtime.example/a/b0a3c7d5" if event in _ASKS else "",
        occurred_at=_STARTED + timedelta(minutes=13),
        parts=_parts() if event is AlertEvent.DIGEST else (),
    )


def _parts() -> tuple[Alert, ...]:
    return sample(AlertEvent.DOWN), sample(AlertEvent.UP)
