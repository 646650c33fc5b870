"""What alerts say, in the words that all kinds of channels share."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.alerting.alert import (
    ACKNOWLEDGED_BY,
    ENDS,
    STATE,
    Alert,
    AlertEvent,
    spoken_duration,
)
from notifiers.one_line import one_line
from notifiers.sentences import shortened, state_of, subject_and_sentence

_UTC_TIME = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?) UTC\b", re.ASCII)
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
    since = moment(alert.started_at, alert.time_zone) if alert.started_at else ""
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


def moment(time: datetime, zone: str = "UTC") -> str:
    """Return a time in the reader's zone, such as `2026-01-31 09:12:05 CET`."""
    local = in_zone(time, zone)
    return f"{local:%Y-%m-%d %H:%M:%S} {zone_name(local)}"


def short_moment(time: datetime, zone: str = "UTC") -> str:
    """Return a time as texts have it, such as `31 Jan 09:12 CET`."""
    local = in_zone(time, zone)
    return f"{local.day} {local:%b %H:%M} {zone_name(local)}"


def with_local_times(text: str, zone: str) -> str:
    """Return a sentence of this service with its times in the reader's zone instead of UTC."""

    def local(match: re.Match[str]) -> str:
        try:
            found = in_zone(datetime.fromisoformat(f"{match[1]}+00:00"), zone)
        except ValueError:
            return match[0]
        return f"{found:{'%Y-%m-%d %H:%M:%S' if match[2] else '%Y-%m-%d %H:%M'}} {zone_name(found)}"

    return _UTC_TIME.sub(local, text)


def zone_name(local: datetime) -> str:
    """Return the abbreviation of a zone, or its offset if it has none: `CET`, `UTC-03`."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in {"+", "-"} else name


def in_zone(time: datetime, zone: str) -> datetime:
    """Return a time in a zone; one that this system no longer knows is read as UTC."""
    try:
        return time.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return time.astimezone(UTC)


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
    ended = alert.ended_at
    if alert.outage and began:
        began, ended = alert.outage.started_at, alert.outage.ended_at or ended
    facts = (
        *(about(alert) if len(name_of(alert)) > _LONGEST_NAME else ()),
        ("Cause" if alert.started_at else "Details", one_line(alert.cause) if needs_cause else ""),
        ("Failed checks", failed_checks(alert)),
        ("From", moment(began, alert.time_zone) if began else ""),
        ("Until", moment(ended, alert.time_zone) if ended else ""),
        ("Address", one_line(alert.url)),
        ("Also down", _names(alert.also_down)),
        *((one_line(label), one_line(value)) for label, value in _others(alert)),
        *_parts(alert),
    )
    return tuple((label, value) for label, value in facts if value)


def failed_checks(alert: Alert) -> str:
    """Return how many checks confirmed what goes on, and from where: `3, from eu-west and us-east`."""
    if alert.event in ENDS or not alert.failures:
        return ""
    *others, last = alert.regions or ("",)
    regions = f"{', '.join(others)} and {last}" if others else last
    return f"{alert.failures}, from {regions}" if regions else str(alert.failures)


def _others(alert: Alert) -> Facts:
    """Return the further facts without the one that the sentence states."""
    stated = _STATED.get(alert.event)
    return tuple(fact for fact in alert.facts if fact[0] != stated)


def _links(alert: Alert) -> tuple[tuple[str, str], ...]:
    """Give people what works without a login first; `alert.link` leads machines to the API."""
    is_digest = alert.event is AlertEvent.DIGEST
    page = "Incidents" if is_digest else "Incident" if alert.started_at else "Monitor"
    links = (
        ("Confirm", alert.confirm_link),
        ("Acknowledge all" if is_digest else "Acknowledge", alert.acknowledge_link),
        (page, alert.page_link),
    )
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


def named_parts(alert: Alert, most: int | None = None) -> str:
    """Return which monitors a digest is about, such as `Down: Shop, Blog. Recovered: Wiki.`.

    With `most`, only so many are named, and the number of the others follows.
    """
    names: dict[str, list[str]] = {}
    for part in alert.parts[:most]:
        names.setdefault(state_of(part), []).append(name_of(part)[:_LONGEST_NAME])
    lists = [f"{state.capitalize()}: {', '.join(each)}." for state, each in names.items()]
    missing = len(alert.parts) - len(alert.parts[:most])
    return " ".join([*lists, f"And {missing} more."] if missing else lists)


def _part(part: Alert) -> str:
    """Return one line of a digest: which monitor, since when, why."""
    name = name_of(part)[:_LONGEST_NAME]
    if part.started_at is None:
        return subject_and_sentence(part, name)[1]
    if part.lasted is not None and part.event in ENDS:
        return f"{name}, after {spoken_duration(part.lasted)}"
    cause = shortened(one_line(part.cause), _LONGEST_REASON)
    return f"{name}, since {moment(part.started_at, part.time_zone)}. {cause}".rstrip()


def _more(count: int) -> tuple[str, str]:
    return "And", f"{count} more"
