"""One subject and one sentence for each event. The first word of a subject says what happened."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from domain.alerting.alert import ACKNOWLEDGED_BY, STATE, Alert, AlertEvent, spoken_duration
from notifiers.one_line import one_line

_LONGEST_PERSON = 60
_LONGEST_DETAILS = 300


@dataclass(frozen=True, slots=True)
class _Failure:
    """The words for one way to fail; `{name}`, `{lasted}` and `{reminder}` are filled in."""

    opening: tuple[str, str]
    reminder: tuple[str, str]
    over: tuple[str, str]
    missed: tuple[str, str]
    ended: tuple[str, str]


def _of_state(word: str, loud: str) -> _Failure:
    return _Failure(
        opening=(f"{loud}: {{name}}", f"{{name}} {{is_}} {word}{{since}}."),
        reminder=(f"Still {word}{{reminder}}: {{name}}", f"{{name}} {{is_still}} {word}{{since}}."),
        over=(
            f"Recovered: {{name}} ({word} for {{lasted}})",
            f"{{name}} is up again. It was {word} for {{lasted}}.",
        ),
        missed=(
            f"Was {word}: {{name}} (recovered after {{lasted}})",
            f"{{name}} was {word} for {{lasted}}. It is up again.",
        ),
        ended=(
            f"Deleted while {word}: {{name}}",
            f"The monitor {{name}} was deleted while it was {word}. No recovery message will follow.",
        ),
    )


_DOWN = _of_state("down", "DOWN")
_DEGRADED = _of_state("degraded", "Degraded")
# Whether the service is down was not seen: only the credential failed.
_AUTHORIZATION = _Failure(
    opening=(
        "Authorization failing: {name}",
        "Authorization at {name} {is_} failing{since}. The service itself may be up.",
    ),
    reminder=(
        "Authorization still failing{reminder}: {name}",
        "Authorization at {name} {is_still} failing{since}. The service itself may be up.",
    ),
    over=(
        "Recovered: {name} (authorization failed for {lasted})",
        "{name} is up again. Authorization failed for {lasted}.",
    ),
    missed=(
        "Authorization failed: {name} (recovered after {lasted})",
        "Authorization at {name} failed for {lasted}. It works again.",
    ),
    ended=(
        "Deleted while authorization failed: {name}",
        "The monitor {name} was deleted while authorization failed. No recovery message will follow.",
    ),
)

_OF_INCIDENTS = {
    AlertEvent.DOWN: "opening",
    AlertEvent.DEGRADED: "opening",
    AlertEvent.REMINDER: "reminder",
    AlertEvent.UP: "over",
    AlertEvent.MISSED: "missed",
    AlertEvent.ENDED: "ended",
}
_OTHERS = {
    AlertEvent.FLAPPING: (
        "Flapping: {name}",
        "{name} keeps going down and recovering. Notifications are suppressed until it is stable.",
    ),
    AlertEvent.STABLE: (
        "Stable again: {name}{state}",
        "{name} has stopped flapping.{is_state} You are notified of changes again.",
    ),
    AlertEvent.EXPIRY: ("Expiring soon: {name}", "{name} depends on something that expires soon."),
    AlertEvent.BURN_RATE: (
        "Error budget burning fast: {name}",
        "{name} is using its error budget too fast.",
    ),
    AlertEvent.CONFIRM: (
        "Confirm alerts from {name}",
        "{name} wants to send you outage alerts. You receive nothing more unless you confirm.",
    ),
    AlertEvent.TEST: ("Test: {name}", "This is a test. Alerts from {name} reach you here."),
    AlertEvent.CHANNEL_DISABLED: (
        "Channel disabled: {name}",
        "A channel of {name} failed and was disabled. It receives no alerts until it is enabled again.",
    ),
    AlertEvent.EVENT: ("Event: {name}", "An event occurred to which {name} subscribes."),
    AlertEvent.QUOTA: (
        "Text quota running out: {name}",
        "{name} is running out of text messages for this month.",
    ),
}

_DELETED = (
    "Deleted while flapping: {name}",
    "The monitor {name} was deleted while it was flapping. No further messages will follow.",
)
_STATES = {
    AlertEvent.DOWN: "down",
    AlertEvent.DEGRADED: "degraded",
    AlertEvent.UP: "recovered",
    AlertEvent.MISSED: "down and recovered",
    AlertEvent.ENDED: "deleted",
    AlertEvent.REMINDER: "still failing",
    AlertEvent.STABLE: "stable again",
    AlertEvent.EXPIRY: "expiring soon",
    AlertEvent.BURN_RATE: "burning error budget",
}


def subject_and_sentence(
    alert: Alert,
    name: str,
    *,
    since: str = "",
    duration: Callable[[timedelta], str] = spoken_duration,
) -> tuple[str, str]:
    """Return what happened to what is called `name`, as a subject and as a sentence.

    With `since`, a sentence about what goes on says when it began.
    """
    subject, sentence = _forms(alert)
    state = _state(alert)
    details = one_line(alert.cause)[:_LONGEST_DETAILS] or f"{alert.headline}."
    inside = details[:1].lower() + details[1:]
    words = {
        "name": name,
        "is_": "has been" if since else "is",
        "is_still": "has been" if since else "is still",
        "since": f" since {since}" if since else "",
        "lasted": duration(alert.duration) if alert.duration is not None else "a while",
        "reminder": f" (reminder {alert.number})" if alert.number else "",
        "person": acknowledged_by(alert),
        "state": f" ({state})" if state else "",
        "is_state": f" It is {state}." if state else "",
        "headline": one_line(alert.headline),
        "details": inside,
    }
    return subject.format(**words), sentence.format(**words)


def acknowledged_by(alert: Alert) -> str:
    """Return who acknowledged the incident, on one line; empty if unknown."""
    return one_line(dict(alert.facts).get(ACKNOWLEDGED_BY, ""))[:_LONGEST_PERSON].rstrip()


def _state(alert: Alert) -> str:
    return one_line(dict(alert.facts).get(STATE, ""))[:_LONGEST_PERSON]


def state_of(alert: Alert) -> str:
    """Return what happened in one or two words, as in the list of a digest."""
    return _STATES.get(alert.event, alert.event.replace("_", " "))


def listing(alert: Alert) -> str:
    """Return the counts of a digest, such as `2 down, 1 recovered`."""
    counts = Counter(state_of(part) for part in alert.parts)
    return ", ".join(f"{count} {state}" for state, count in counts.items())


def _forms(alert: Alert) -> tuple[str, str]:
    if alert.event in _OF_INCIDENTS:
        subject, sentence = getattr(_failure(alert), _OF_INCIDENTS[alert.event])
        return subject, sentence
    if alert.event is AlertEvent.ACKNOWLEDGED:
        return _acknowledged(alert)
    if alert.event is AlertEvent.DIGEST:
        counts = listing(alert)
        count = len(alert.parts)
        return f"{count} alerts: {{name}} ({counts})", f"{count} alerts from {{name}}: {counts}."
    if alert.event is AlertEvent.STABLE and alert.is_deleted:
        return _DELETED
    if alert.headline:
        return "{headline}: {name}", "{name}: {details}"
    return _OTHERS[alert.event]


def _acknowledged(alert: Alert) -> tuple[str, str]:
    state = _failure(alert).opening[1]
    if acknowledged_by(alert):
        subject, deed = "Acknowledged by {person}: {name}", "{person} acknowledged the incident."
    else:
        subject, deed = "Acknowledged: {name}", "Somebody acknowledged the incident."
    return subject, f"{state} {deed} Reminders and escalation have stopped."


def _failure(alert: Alert) -> _Failure:
    if alert.is_authorization:
        return _AUTHORIZATION
    return _DEGRADED if alert.is_degraded or alert.event is AlertEvent.DEGRADED else _DOWN
