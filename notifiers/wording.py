"""What alerts say, in the words that all kinds of channels share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.alerting.alert import (
    ACKNOWLEDGED_BY,
    ENDS,
    STATE,
    Alert,
    AlertEvent,
    spoken_duration,
)
from notifiers.one_line import one_line
from notifiers.sentences import state_of, subject_and_sentence

_LONGEST_NAME = 100
_MOST_NAMES = 10
_MOST_PARTS = 50
_LONGEST_REASON = 200
_LONGEST_TEXT = 1500
Facts = tuple[tuple[str, str], ...]


class Mood(StrEnum):
    """How bad the news is: the colour of the message, where there are colours."""

    BAD = "bad"
    WARNING = "warning"
    GOOD = "good"
    NEUTRAL = "neutral"


_MOODS = {
    AlertEvent.DOWN: Mood.BAD,
    AlertEvent.REMINDER: Mood.BAD,
    AlertEvent.UP: Mood.GOOD,
    AlertEvent.MISSED: Mood.GOOD,
    AlertEvent.STABLE: Mood.GOOD,
    AlertEvent.ACKNOWLEDGED: Mood.NEUTRAL,
    AlertEvent.ENDED: Mood.NEUTRAL,
    AlertEvent.CONFIRM: Mood.NEUTRAL,
    AlertEvent.TEST: Mood.NEUTRAL,
}

_STATED = {AlertEvent.ACKNOWLEDGED: ACKNOWLEDGED_BY, AlertEvent.STABLE: STATE}


@dataclass(frozen=True, slots=True)
class Wording:
    """One line for a list of messages, one sentence, the facts and the links with their labels.

    In an organization's own words the sentence may be a long text of several lines, without facts.
    Of the messages of a long digest the last fact says how many are `uncounted` by the others.
    """

    subject: str
    sentence: str
    facts: Facts
    links: tuple[tuple[str, str], ...] = ()
    mood: Mood = Mood.NEUTRAL
    uncounted: int = 0

    @property
    def shortened(self) -> str:
        """The sentence, of no more than every kind of chat has room for."""
        return self.sentence[:_LONGEST_TEXT]

    def first_facts(self, most: int, fit: Callable[[Facts], bool] = lambda _: True) -> Facts:
        """Return as many facts as are allowed and fit, the last of them with how many more there are."""
        allowed = min(most, len(self.facts))
        choices = (self._of_facts(count) for count in range(allowed, 0, -1))
        return next((facts for facts in choices if fit(facts)), ())

    def _of_facts(self, count: int) -> Facts:
        if count == len(self.facts):
            return self.facts
        named = len(self.facts) - (self.uncounted > 0)
        return (*self.facts[: count - 1], _more(named - (count - 1) + self.uncounted))


def wording(alert: Alert) -> Wording:
    own = alert.rendered
    since = moment(alert.started_at) if alert.started_at else ""
    subject, sentence = subject_and_sentence(alert, name_of(alert)[:_LONGEST_NAME], since=since)
    return Wording(
        own.subject or subject,
        f"{own.text or sentence} {lateness(alert)}".rstrip(),
        () if own.text else _facts(alert),
        _links(alert),
        mood(alert),
        0 if own.text else max(0, len(alert.parts) - _MOST_PARTS),
    )


def mood(alert: Alert) -> Mood:
    if alert.event is AlertEvent.REMINDER and alert.is_degraded:
        return Mood.WARNING
    if alert.is_deleted:
        return Mood.NEUTRAL
    return _MOODS.get(alert.event, Mood.WARNING)


def name_of(alert: Alert) -> str:
    """Return the name of what the alert is about: a monitor, or else the organization."""
    return one_line(alert.monitor_name) or one_line(alert.organization_name) or "your organization"


def moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def utf16_units(text: str) -> int:
    """Return how long a text is to those who count as JavaScript does."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def lateness(alert: Alert) -> str:
    """Return a sentence about the delay of a message; it follows an organization's own words, too."""
    if alert.late_by is None:
        return ""
    return f"This message was delayed by {spoken_duration(alert.late_by)}."


def about(alert: Alert) -> Facts:
    """Return the whole name of what the alert is about, for readers of fields."""
    if name := one_line(alert.monitor_name):
        return (("Monitor", name),)
    name = one_line(alert.organization_name)
    return (("Organization", name),) if name else ()


def _facts(alert: Alert) -> Facts:
    """List what the sentence leaves out; what does not apply has no line."""
    # A headline stands above a sentence that states the cause.
    needs_cause = not alert.headline
    began = alert.started_at if alert.event in ENDS else None
    facts = (
        *(about(alert) if len(name_of(alert)) > _LONGEST_NAME else ()),
        ("Cause" if alert.started_at else "Details", one_line(alert.cause) if needs_cause else ""),
        ("From", moment(began) if began else ""),
        ("Until", moment(alert.ended_at) if alert.ended_at else ""),
        ("Address", one_line(alert.url)),
        ("Also down", _names(alert.also_down)),
        *((one_line(label), one_line(value)) for label, value in _others(alert)),
        *_parts(alert),
    )
    return tuple((label, value) for label, value in facts if value)


def _others(alert: Alert) -> Facts:
    """Return the further facts without the one that the sentence states."""
    stated = _STATED.get(alert.event)
    return tuple(fact for fact in alert.facts if fact[0] != stated)


def _links(alert: Alert) -> tuple[tuple[str, str], ...]:
    """Give people those that work without a login; `alert.link` leads machines to the API."""
    links = (("Confirm", alert.confirm_link), ("Acknowledge", alert.acknowledge_link))
    return tuple((label, link) for label, link in links if link)


def _names(names: Iterable[str]) -> str:
    """List the monitors that depend on this one: their own notifications are suppressed."""
    plain = [one_line(name)[:_LONGEST_NAME] for name in names]
    if len(plain) > _MOST_NAMES:
        plain = [*plain[:_MOST_NAMES], f"and {len(plain) - _MOST_NAMES} more"]
    return ", ".join(plain)


def _parts(alert: Alert) -> Facts:
    notified = [(state_of(part).capitalize(), _part(part)) for part in alert.parts[:_MOST_PARTS]]
    if len(alert.parts) > _MOST_PARTS:
        notified.append(_more(len(alert.parts) - _MOST_PARTS))
    return tuple(notified)


def named_parts(alert: Alert) -> str:
    """Return which monitors a digest is about, such as `Down: Shop, Blog. Recovered: Wiki.`."""
    names: dict[str, list[str]] = {}
    for part in alert.parts:
        names.setdefault(state_of(part), []).append(name_of(part)[:_LONGEST_NAME])
    return " ".join(f"{state.capitalize()}: {', '.join(each)}." for state, each in names.items())


def _part(part: Alert) -> str:
    """Return one line of a digest: which monitor, since when, why."""
    name = name_of(part)[:_LONGEST_NAME]
    if part.started_at is None:
        return subject_and_sentence(part, name)[1]
    if part.duration is not None and part.event in ENDS:
        return f"{name}, after {spoken_duration(part.duration)}"
    cause = one_line(part.cause)[:_LONGEST_REASON]
    return f"{name}, since {moment(part.started_at)}. {cause}".rstrip()


def _more(count: int) -> tuple[str, str]:
    return "And", f"{count} more"
