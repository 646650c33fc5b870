"""What a template may speak of: plain values, each fit for one line, under names that stay."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

from domain.alerting.alert import Alert, AlertEvent, Rendered, spoken_duration
from notifiers.one_line import one_line
from notifiers.sentences import subject_and_sentence
from notifiers.wording import name_of, wording

Shape: TypeAlias = "list[Shape] | dict[str, Shape] | None"
"""None for one value, else what there is in a list, or in each field."""

SHAPE: Mapping[str, Shape] = {
    "event": None,
    "subject": None,
    "text": None,
    "organization": None,
    "monitor": {"id": None, "name": None, "url": None, "tags": [None]},
    "incident_id": None,
    "severity": None,
    "is_authorization": None,
    "cause": None,
    "cause_code": None,
    "http_status": None,
    "failed_checks": None,
    "regions": [None],
    "occurred_at": None,
    "started_at": None,
    "ended_at": None,
    "duration": None,
    "duration_seconds": None,
    "outage_duration": None,
    "down_duration": None,
    "reminder": None,
    "also_down": [None],
    "facts": [{"label": None, "value": None}],
    "link": None,
    "page": None,
    "acknowledge_link": None,
    "time_zone": None,
    "count": None,
    "parts": [
        {
            "event": None,
            "name": None,
            "subject": None,
            "text": None,
            "cause": None,
            "started_at": None,
            "ended_at": None,
        }
    ],
}

MOST_ITEMS = 50
_LONGEST = 1000
_LONGEST_NAME = 100


class Given(list[Any]):
    """A list that says each time it is gone through one step further."""

    def __init__(self, items: Iterable[Any], step: Callable[[], None]) -> None:
        super().__init__(items)
        self._step = step

    def __iter__(self) -> Iterator[Any]:
        for item in super().__iter__():
            self._step()
            yield item


def values(alert: Alert, step: Callable[[], None]) -> dict[str, Any]:
    """Return text, whole numbers, None, and lists and fields of these; `step` is for each loop."""
    words = wording(replace(alert, rendered=Rendered(), late_by=None))
    return {
        "event": alert.event.value,
        "subject": words.subject,
        "text": words.sentence,
        "organization": _line(alert.organization_name, _LONGEST_NAME),
        "monitor": {
            "id": alert.monitor_id,
            "name": _line(alert.monitor_name, _LONGEST_NAME),
            "url": one_line(alert.url),
            "tags": Given((_line(tag, _LONGEST_NAME) for tag in alert.tags[:MOST_ITEMS]), step),
        },
        "incident_id": alert.incident_id,
        "severity": _severity(alert),
        "is_authorization": alert.is_authorization,
        "cause": _line(alert.cause),
        "cause_code": alert.cause_code,
        "http_status": alert.http_status,
        "failed_checks": alert.failures or None,
        "regions": Given(alert.regions[:MOST_ITEMS], step),
        **_times(alert),
        "reminder": alert.number,
        "also_down": Given(
            (_line(name, _LONGEST_NAME) for name in alert.also_down[:MOST_ITEMS]), step
        ),
        "facts": Given(map(_fact, alert.facts[:MOST_ITEMS]), step),
        "link": alert.link,
        "page": alert.page_link,
        "acknowledge_link": alert.acknowledge_link,
        "time_zone": alert.time_zone,
        "count": len(alert.parts),
        "parts": Given(map(_part, alert.parts[:MOST_ITEMS]), step),
    }


def _times(alert: Alert) -> dict[str, Any]:
    lasted, outage = alert.duration, alert.outage
    return {
        "occurred_at": _moment(alert.occurred_at),
        "started_at": _moment(alert.started_at),
        "ended_at": _moment(alert.ended_at),
        "duration": None if lasted is None else spoken_duration(lasted),
        "duration_seconds": None if lasted is None else round(lasted.total_seconds()),
        "outage_duration": None if alert.lasted is None else spoken_duration(alert.lasted),
        "down_duration": spoken_duration(outage.down_for) if outage else None,
    }


def _fact(fact: tuple[str, str]) -> dict[str, Any]:
    label, value = fact
    return {"label": _line(label), "value": _line(value)}


def _part(alert: Alert) -> dict[str, Any]:
    name = name_of(alert)[:_LONGEST_NAME]
    subject, sentence = subject_and_sentence(alert, name)
    return {
        "event": alert.event.value,
        "name": name,
        "subject": subject,
        "text": sentence,
        "cause": _line(alert.cause),
        "started_at": _moment(alert.started_at),
        "ended_at": _moment(alert.ended_at),
    }


def _line(text: str, longest: int = _LONGEST) -> str:
    return one_line(text)[:longest]


def _severity(alert: Alert) -> str | None:
    """Return how bad it is, or was, if this is about an incident."""
    if alert.started_at is None:
        return None
    return "degraded" if alert.is_degraded or alert.event is AlertEvent.DEGRADED else "down"


def _moment(time: datetime | None) -> str | None:
    if time is None:
        return None
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
