"""One subject and one sentence for each event. The first word of a subject says what happened."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from domain.alerting.alert import ACKNOWLEDGED_BY, STATE, Alert, AlertEvent, spoken_duration
from notifiers.one_line import one_line

_LONGEST_PERSON = 60
_LONGEST_DETAILS = 300
_LONGEST_CAUSE = 70
_DOTS = "..."


@dataclass(frozen=True, slots=True)
class _Failure:
    """The words for one way to fail, with the fields that `subject_and_sentence` fills in."""

    opening: tuple[str, str]
    reminder: tuple[str, str]
    over: tuple[str, str]
    missed: tuple[str, str]
    ended: tuple[str, str]


def _of_state(word: str, loud: str) -> _Failure:
    return _Failure(
        opening=(f"{loud}: {{name}}{{why}}", f"{{name}} {{is_}} {word}{{since}}."),
        reminder=(
            f"Still {word}{{after}}: {{name}}{{reminder}}",
            f"{{name}} {{is_still}} {word}{{for_}}{{since}}.",
        ),
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
        "Authorization failing: {name}{why}",
        "Authorization at {name} {is_} failing{since}. The service itself may be up.",
    ),
    reminder=(
        "Authorization still failing{after}: {name}{reminder}",
        "Authorization at {name} {is_still} failing{for_}{since}. The service itself may be up.",
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
        "The monitor {name} was deleted while authorization was failing. No recovery message will follow.",
    ),
)
_EASED = (
    "Better, but still degraded: {name} (was down for {down})",
    "{name} is no longer down, but {is_} degraded{since}. It was down for {down}.",
)
# The severity changed during the outage.
_MIXED = {
    AlertEvent.UP: (
        "Recovered: {name} (outage of {lasted}, down for {down})",
        "{name} is up again. The outage lasted {lasted}, including {down} of downtime.",
    ),
    AlertEvent.MISSED: (
        "Was down: {name} (recovered after {lasted}, down for {down})",
        "{name} is up again after an outage of {lasted}, including {down} of downtime.",
    ),
}

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
        "{name} has stopped flapping.{is_state} You will be notified of changes again.",
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
    with_cause: bool = True,
) -> tuple[str, str]:
    """Return what happened to what is called `name`, as a subject and as a sentence.

    With `since`, a sentence about what goes on says when it began. The subject of an opening has the
    cause, unless it is shown beside it.
    """
    subject, sentence = _forms(alert)
    state = _state(alert)
    details = one_line(alert.cause)[:_LONGEST_DETAILS] or f"{alert.headline}."
    why = in_short(alert.cause)
    lasted = duration(alert.lasted) if alert.lasted is not None else ""
    going_on = lasted if alert.event is AlertEvent.REMINDER else ""
    words = {
        "name": name,
        "is_": "has been" if since else "is",
        "is_still": "has been" if since or going_on else "is still",
        "after": f" after {going_on}" if going_on else "",
        "for_": f" for {going_on}" if going_on else "",
        "since": f"{',' if going_on else ''} since {since}" if since else "",
        "lasted": lasted or "a while",
        "down": duration(alert.outage.down_for) if alert.outage else "a while",
        "why": f" ({why})" if why and with_cause else "",
        "reminder": f" (reminder {alert.number})" if alert.number else "",
        "person": acknowledged_by(alert),
        "state": f" ({state})" if state else "",
        "is_state": f" It is {state}." if state else "",
        "headline": one_line(alert.headline),
        "details": _inside(details),
    }
    return subject.format(**words), sentence.format(**words)


def in_short(cause: str, most: int = _LONGEST_CAUSE) -> str:
    """Return a cause as it stands within a line: no full stop, at most `most` characters."""
    text = _inside(one_line(cause)).rstrip(".")
    return shortened(text, most)


def shortened(text: str, most: int) -> str:
    """Cut a text that is longer than `most` characters after a whole word, with three dots."""
    if len(text) <= most:
        return text
    cut = text[: max(0, most - len(_DOTS)) + 1].rpartition(" ")[0] or text[: most - len(_DOTS)]
    return f"{cut.rstrip(' ,;:.(')}{_DOTS}"


def _inside(sentence: str) -> str:
    """Begin a sentence as it begins within a line: an abbreviation stays as it is."""
    is_word = sentence[1:2].islower() or sentence[1:2] == " "
    return sentence[:1].lower() + sentence[1:] if is_word else sentence


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
        return _of_incident(alert)
    if alert.event is AlertEvent.ACKNOWLEDGED:
        return _acknowledged(alert)
    if alert.event is AlertEvent.DIGEST:
        return _digest(alert)
    if alert.event is AlertEvent.STABLE and alert.is_deleted:
        return _DELETED
    if alert.headline:
        return "{headline}: {name}", "{name}: {details}"
    return _OTHERS[alert.event]


def _of_incident(alert: Alert) -> tuple[str, str]:
    if alert.is_eased and not alert.is_authorization:
        return _EASED
    if alert.outage and alert.outage.is_mixed and alert.event in _MIXED:
        return _MIXED[alert.event]
    subject, sentence = getattr(_failure(alert), _OF_INCIDENTS[alert.event])
    return subject, sentence


def digest_count(alert: Alert) -> str:
    """Return how many messages a digest has, such as `5 more alerts` after those sent before it."""
    more = " more" if alert.sent_before else ""
    return f"{len(alert.parts)}{more} alert{'s' * (len(alert.parts) != 1)}"


def _digest(alert: Alert) -> tuple[str, str]:
    """Count the messages of the digest, and those of the same burst before it."""
    alerts, counts, before = digest_count(alert), listing(alert), alert.sent_before
    in_all = f"In all, {before + len(alert.parts)} came within a minute."
    singly = f"{in_all} The first {before} were sent one by one." if before else ""
    sentence = f"{alerts} from {{name}}: {counts}. {singly}".rstrip()
    return f"{alerts}: {{name}} ({counts})", sentence


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
