"""What a template may speak of: each value and filter, with what it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from notifiers.templates.filters import FILTERS
from notifiers.templates.values import SHAPE, Shape
from web.translations import gettext as _
from web.translations import marked

_MEANINGS: Mapping[str, str] = {
    "event": marked("The event, such as down"),
    "subject": marked("The default subject"),
    "text": marked("The default sentence"),
    "organization": marked("The name of the organization"),
    "monitor.id": marked("The id of the monitor"),
    "monitor.name": marked("The name of the monitor"),
    "monitor.url": marked("The address of the monitor"),
    "monitor.tags": marked("The tags of the monitor"),
    "incident_id": marked("The id of the incident"),
    "severity": marked("down or degraded; nothing without an incident"),
    "is_authorization": marked("Whether the credential failed"),
    "cause": marked("The cause, or what is reported"),
    "cause_code": marked("The cause as a code, such as timeout"),
    "http_status": marked("The HTTP status of the last failed check"),
    "failed_checks": marked("The number of failed checks that confirmed the incident"),
    "regions": marked("The regions of these checks"),
    "occurred_at": marked("When the message was written"),
    "started_at": marked("When the outage began"),
    "ended_at": marked("When the outage ended"),
    "duration": marked("How long it lasted, in words"),
    "duration_seconds": marked("How long it lasted, in seconds"),
    "outage_duration": marked("How long the outage lasted, or has lasted, with every severity"),
    "down_duration": marked("How long it was down"),
    "reminder": marked("The number of the reminder, from 1"),
    "also_down": marked("The names of the monitors below this one"),
    "facts": marked("Further facts"),
    "facts[].label": marked("What a fact is called"),
    "facts[].value": marked("What it is"),
    "link": marked("The link to the incident or the monitor"),
    "page": marked("The page of the incident or the monitor in the app"),
    "acknowledge_link": marked("The link that acknowledges"),
    "time_zone": marked("The time zone of the contact"),
    "count": marked("The number of messages in a digest"),
    "parts": marked("The messages of a digest"),
}


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    meaning: str


def variables() -> list[Variable]:
    """Return the values in their order. An item of a list is written as `list[]`."""
    return [
        Variable(name, _(_MEANINGS[name]) if name in _MEANINGS else "")
        for name in _names(dict(SHAPE))
    ]


def filters() -> list[str]:
    """Return the names of the filters."""
    return sorted(FILTERS)


def _names(shape: Shape, path: str = "") -> Iterator[str]:
    if isinstance(shape, list):
        yield path
        yield from (name for name in _names(shape[0], f"{path}[]") if name != f"{path}[]")
    elif shape is None:
        yield path
    else:
        for name, inner in shape.items():
            yield from _names(inner, f"{path}.{name}" if path else name)
