"""The timeline of an incident: checks, what this service did, messages, and people."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import escape

from domain.evaluation.outcome import Outcome
from models.incident_note import NoteKind
from services.analytics.check_log import Check
from services.incidents.history import IncidentView
from services.incidents.timeline import CLOSED, OPENED, Entry
from services.outbox.history import DeliveryView
from web import words
from web.formats import when
from web.translations import gettext as _
from web.translations import ngettext

_MOST_NAMES = 10
_CHECKS = {Outcome.DOWN: "down", Outcome.DEGRADED: "degraded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line; `kind` is that of the macro `event`."""

    at: datetime
    kind: str
    text: str
    under: str = ""
    message: DeliveryView | None = None


def of(view: IncidentView, checks: Sequence[Check]) -> list[Event]:
    """Return all events of an incident, oldest first."""
    events = [*map(_check, checks), *map(_entry, view.timeline), *map(_message, view.deliveries)]
    return sorted(events, key=lambda event: event.at)


def _check(check: Check) -> Event:
    parts = {"region": check.region, "cause": words.cause(check.cause)}
    return Event(
        at=check.checked_at,
        kind=_CHECKS.get(check.outcome, "plain"),
        text=_("Check from %(region)s: %(cause)s") % parts,
        under=check.detail,
    )


def _message(view: DeliveryView) -> Event:
    delivery = view.delivery
    parts = {
        "event": words.event(delivery.event),
        "channel": words.channel(delivery.kind),
        "address": delivery.address,
    }
    return Event(
        at=delivery.sent_at or delivery.created_at,
        kind="message",
        text=_("%(event)s: %(channel)s to %(address)s") % parts,
        message=view,
    )


def _entry(entry: Entry) -> Event:
    return Event(at=entry.at, kind=_kind(entry), text=_text(entry), under=_under(entry))


def _kind(entry: Entry) -> str:
    if entry.kind == OPENED:
        return str(entry.facts["severity"])
    if entry.kind == CLOSED:
        return "up" if entry.facts["resolution"] == "recovered" else "plain"
    if entry.by is not None:
        return "person"
    return "maintenance" if entry.facts.get("by") == "maintenance" else "plain"


def _text(entry: Entry) -> str:
    text = _TEXTS.get(entry.kind)
    return words.note(entry.kind) if text is None else text(entry)


def _notified(entry: Entry) -> str:
    return _("Notified: %(names)s") % {"names": _names(entry.facts["contacts"])}


def _reminded(entry: Entry) -> str:
    number = entry.facts["channels"]
    sentence = ngettext("Reminder to %(number)s channel", "Reminder to %(number)s channels", number)
    return sentence % {"number": number}


def _snoozed(entry: Entry) -> str:
    until = when(datetime.fromisoformat(entry.facts["until"]))
    return escape(_("%(who)s snoozed it until %(until)s")) % {"who": entry.by, "until": until}


_TEXTS: Mapping[str, Callable[[Entry], str]] = {
    OPENED: lambda _entry: _("The outage is confirmed"),
    CLOSED: lambda entry: words.resolution(entry.facts["resolution"]),
    NoteKind.SUPPRESSED: lambda entry: words.suppression(entry.facts["by"]),
    NoteKind.NOTIFIED: _notified,
    NoteKind.REMINDED: _reminded,
    NoteKind.ACKNOWLEDGED: lambda entry: _("%(who)s acknowledged it") % {"who": entry.by},
    NoteKind.UNACKNOWLEDGED: lambda entry: _("%(who)s took it back") % {"who": entry.by},
    NoteKind.SNOOZED: _snoozed,
    NoteKind.NOTED: lambda entry: _("%(who)s wrote a note") % {"who": entry.by},
}


def _names(names: Sequence[str]) -> str:
    return ", ".join((*names[:_MOST_NAMES], "…") if len(names) > _MOST_NAMES else names)


def _under(entry: Entry) -> str:
    return _(" · ").join(_details(entry))


def _details(entry: Entry) -> Iterator[str]:
    if "step" in entry.facts:
        yield _("Step %(number)s of the escalation policy") % {"number": entry.facts["step"]}
    if entry.words:
        yield entry.words
