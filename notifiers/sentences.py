"""One subject and one sentence for each event, each a plain statement of what happened."""

from collections import Counter
from dataclasses import dataclass

from domain.alerting.alert import Alert, AlertEvent, spoken_duration


@dataclass(frozen=True, slots=True)
class _Failure:
    """The words for one way of not being well; `{name}` and `{lasted}` are filled in."""

    opening: tuple[str, str]
    reminder: tuple[str, str]
    over: tuple[str, str]
    missed: tuple[str, str]
    ended: tuple[str, str]


def _of_state(word: str) -> _Failure:
    return _Failure(
        opening=(f"{word.capitalize()}: {{name}}", f"{{name}} is {word}."),
        reminder=(f"Still {word}: {{name}}", f"{{name}} is still {word}."),
        over=(
            f"Up: {{name}} (was {word} {{lasted}})",
            f"{{name}} is up again. It was {word} for {{lasted}}.",
        ),
        missed=(
            f"Was {word}: {{name}} ({{lasted}}, up again)",
            f"{{name}} was {word} for {{lasted}} and is up again.",
        ),
        ended=(
            f"Ended: {{name}} (deleted while {word})",
            f"{{name}} was deleted while it was {word}, so no recovery will be reported.",
        ),
    )


_DOWN = _of_state("down")
_DEGRADED = _of_state("degraded")
# Whether the site is down was not seen: only the credential failed.
_AUTHORIZATION = _Failure(
    opening=("Authorization failing: {name}", "Authorization at {name} is failing."),
    reminder=("Authorization still failing: {name}", "Authorization at {name} is still failing."),
    over=(
        "Up: {name} (authorization failed for {lasted})",
        "{name} is up again. Authorization failed for {lasted}.",
    ),
    missed=(
        "Authorization failed: {name} ({lasted}, up again)",
        "Authorization at {name} failed for {lasted} and works again.",
    ),
    ended=(
        "Ended: {name} (deleted while authorization failed)",
        "{name} was deleted while authorization failed, so no recovery will be reported.",
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
        "Unstable: {name}",
        "{name} keeps going down and up. Its changes are not told one by one until it is stable.",
    ),
    AlertEvent.STABLE: (
        "Stable again: {name}",
        "{name} is stable again. From now on its changes are told as usual.",
    ),
    AlertEvent.EXPIRY: ("Expires soon: {name}", "Something that {name} needs expires soon."),
    AlertEvent.BURN_RATE: (
        "Losing uptime fast: {name}",
        "{name} is using up its allowed downtime too fast.",
    ),
    AlertEvent.CONFIRM: (
        "Confirm: alerts of {name}",
        "{name} wants to send you its alerts. Nothing else comes until you confirm.",
    ),
    AlertEvent.TEST: ("Test: {name}", "This is a test. Alerts of {name} reach you here."),
    AlertEvent.CHANNEL_DISABLED: (
        "Channel disabled: {name}",
        "A channel of {name} no longer works and was disabled.",
    ),
    AlertEvent.EVENT: ("Event: {name}", "Something happened that {name} subscribed to."),
    AlertEvent.QUOTA: (
        "Text messages run out: {name}",
        "The text messages of {name} for this month run out.",
    ),
}

_DELETED = (
    "No longer watched: {name} (deleted while unstable)",
    "{name} was deleted while it was unstable. Nothing more will be told of it.",
)


def subject_and_sentence(alert: Alert, name: str) -> tuple[str, str]:
    """Say what happened to what is called `name`."""
    if alert.event in _OF_INCIDENTS:
        subject, sentence = getattr(_failure(alert), _OF_INCIDENTS[alert.event])
    elif alert.event is AlertEvent.ACKNOWLEDGED:
        _, sentence = _failure(alert).opening
        subject, sentence = "Acknowledged: {name}", f"{sentence} Somebody has taken it on."
    elif alert.event is AlertEvent.DIGEST:
        subject, sentence = _digest(alert)
    elif alert.event is AlertEvent.STABLE and alert.is_deleted:
        subject, sentence = _DELETED
    else:
        subject, sentence = _OTHERS[alert.event]
    if alert.event is AlertEvent.REMINDER and alert.number:
        subject = f"{subject} (reminder {alert.number})"
    lasted = spoken_duration(alert.duration) if alert.duration is not None else "unknown"
    return subject.format(name=name, lasted=lasted), sentence.format(name=name, lasted=lasted)


def _failure(alert: Alert) -> _Failure:
    if alert.is_authorization:
        return _AUTHORIZATION
    return _DEGRADED if alert.is_degraded or alert.event is AlertEvent.DEGRADED else _DOWN


def _digest(alert: Alert) -> tuple[str, str]:
    counts = Counter(part.event for part in alert.parts)
    notified = ", ".join(f"{count} {event.replace('_', ' ')}" for event, count in counts.items())
    return (
        f"{len(alert.parts)} alerts: {{name}}",
        f"{len(alert.parts)} alerts of {{name}} came at once: {notified}.",
    )
