"""What a notifier is told of an event, in the terms of the person who will read it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AlertEvent(StrEnum):
    """What a message is about.

    Of an incident: it began (`DOWN`, `DEGRADED`), goes on (`REMINDER`), is over (`UP`), began and
    was over before anybody could be told (`MISSED`), was acknowledged, or will not be seen to end
    since the monitor was deleted (`ENDED`). Of a monitor: it changes too often to tell each change
    (`FLAPPING`) or does so no more (`STABLE`), something runs out (`EXPIRY`), uptime is being used up
    too fast (`BURN_RATE`). Of a channel: it is to be confirmed (`CONFIRM`), tried out (`TEST`), or
    another one stopped working (`CHANNEL_DISABLED`). Of an organization: many at once (`DIGEST`),
    or its texts are used up (`QUOTA`). For a machine: something that it subscribed to (`EVENT`).
    """

    DOWN = "down"
    DEGRADED = "degraded"
    REMINDER = "reminder"
    UP = "up"
    MISSED = "missed"
    ACKNOWLEDGED = "acknowledged"
    ENDED = "ended"
    FLAPPING = "flapping"
    STABLE = "stable"
    EXPIRY = "expiry"
    BURN_RATE = "burn_rate"
    CONFIRM = "confirm"
    TEST = "test"
    CHANNEL_DISABLED = "channel_disabled"
    DIGEST = "digest"
    QUOTA = "quota"
    EVENT = "event"


OPENINGS = frozenset({AlertEvent.DOWN, AlertEvent.DEGRADED})
"""The events that tell of an outage; who got one is owed its end."""

IN_OUR_WORDS = frozenset(
    {AlertEvent.CONFIRM, AlertEvent.CHANNEL_DISABLED, AlertEvent.QUOTA, AlertEvent.EVENT}
)
"""What this service itself asks or tells a person, or a machine: no organization may word it."""

ENDS = frozenset({AlertEvent.UP, AlertEvent.MISSED, AlertEvent.ENDED})
"""The events that tell of the end; nothing of this outage is told after one of them."""

ACKNOWLEDGED_BY = "Acknowledged by"
"""The label of the fact that names the person."""

STATE = "State"
"""The label of the fact that says how a monitor is that has stopped flapping."""

OF_STABILITY = frozenset({AlertEvent.FLAPPING, AlertEvent.STABLE})
"""The events that tell whether a monitor goes up and down too often to be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message in the organization's own words; what is empty is said in the usual ones.

    `text` may have several lines, `html` is a harmless fragment, `body` is JSON, the whole of it.
    `problem` is a sentence for the organization if a template could not be used.
    """

    subject: str = ""
    text: str = ""
    html: str = ""
    body: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message to one channel. `key` stays the same for every attempt to send it.

    `outage_key` is the key of the message that told this channel of the outage: its own for that
    message itself, so that what follows can be shown under it. `is_authorization` says that it was
    the credential that failed, and that the site itself may well be up.

    What is not about a monitor has none; what is not about an incident has no `started_at`.
    `facts` are what else there is to say, each with its label. `late_by` is how long the message
    was held up, if that is worth a word. Of a digest, `parts` are the messages that it stands for.
    """

    key: str
    outage_key: str
    event: AlertEvent
    organization_name: str = ""
    monitor_id: str = ""
    monitor_name: str = ""
    url: str = ""
    cause: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    link: str = ""
    """The address of the incident or the monitor in the API, which answers nobody without a token."""
    is_authorization: bool = False
    is_degraded: bool = False
    """Whether the outage is one of degraded service only, whatever the event."""
    is_deleted: bool = False
    """Whether a monitor changes no more only because it was deleted."""
    number: int = 0
    """Which reminder this is, from 1."""
    also_down: tuple[str, ...] = ()
    """The names of monitors that depend on this one, of which nothing is told meanwhile."""
    facts: tuple[tuple[str, str], ...] = ()
    headline: str = ""
    """What happened, such as `Certificate expires in 7 days`, where the event alone does not say it."""
    late_by: timedelta | None = None
    acknowledge_link: str = ""
    confirm_link: str = ""
    unsubscribe_link: str = ""
    occurred_at: datetime | None = None
    """When the message was written down, the same for every attempt."""
    rendered: Rendered = Rendered()
    """What templates of the organization made of it."""
    parts: tuple["Alert", ...] = ()

    @property
    def duration(self) -> timedelta | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at


def spoken_duration(duration: timedelta) -> str:
    """Say a duration in its two largest units, such as `2 h 5 min` or `42 s`."""
    seconds = round(duration.total_seconds())
    units = (
        ("d", seconds // 86_400),
        ("h", seconds // 3600 % 24),
        ("min", seconds // 60 % 60),
        ("s", seconds % 60),
    )
    first = next((index for index, (_, count) in enumerate(units) if count), 3)
    return " ".join(f"{count} {name}" for name, count in units[first : first + 2] if count) or "0 s"
