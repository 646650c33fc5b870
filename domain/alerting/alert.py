"""The payload of a notification, in the terms of its reader."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AlertEvent(StrEnum):
    """The event of a message.

    * Of an incident: `DOWN` and `DEGRADED` open it, `REMINDER` repeats the opening, `UP` closes it.
      `MISSED` reports one that ended before its opening was sent. `ACKNOWLEDGED` reports the
      acknowledgement. `ENDED` reports that the monitor was deleted, so no recovery will be
      observed.
    * Of a monitor: `FLAPPING` and `STABLE` begin and end frequent state changes. `EXPIRY` warns of
      a certificate or domain, `BURN_RATE` of an error budget.
    * Of a channel: `CONFIRM` asks for the opt-in, `TEST` is a test message, and `CHANNEL_DISABLED`
      reports that another channel was disabled.
    * Of an organization: `DIGEST` is several messages in one, and `QUOTA` reports the text quota.
    * For a machine: `EVENT` is an event that it subscribed to.
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
"""The events that open an outage. A channel that received one is owed the recovery."""

IN_OUR_WORDS = frozenset(
    {AlertEvent.CONFIRM, AlertEvent.CHANNEL_DISABLED, AlertEvent.QUOTA, AlertEvent.EVENT}
)
"""The events that this service words itself; no template of an organization applies to them."""

ENDS = frozenset({AlertEvent.UP, AlertEvent.MISSED, AlertEvent.ENDED})
"""The events that end an outage. Nothing about the outage is sent after one of them."""

OF_STABILITY = frozenset({AlertEvent.FLAPPING, AlertEvent.STABLE})
"""The events that report whether a monitor is flapping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A message in the organization's own words; an empty field uses the default wording.

    `text` may have several lines, `html` is a safe fragment, and `body` is the whole JSON body.
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

    `outage_key` is the key of the opening that this channel received, so receivers can thread what
    follows. The opening has its own key there. `is_authorization` marks a failure of the
    credential; the site itself may be up.

    A message about no monitor has no monitor fields, and one about no incident has no `started_at`.
    `facts` are further labels and values. `late_by` is the delay of the message, if it is worth
    stating. `parts` are the messages of a digest.
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
    """The API address of the incident or the monitor; it requires a token."""
    is_authorization: bool = False
    is_degraded: bool = False
    """Whether the outage is only degraded service, whatever the event."""
    is_deleted: bool = False
    """Whether a flapping monitor became stable only because it was deleted."""
    number: int = 0
    """The number of the reminder, from 1."""
    also_down: tuple[str, ...] = ()
    """The names of the inhibited monitors that depend on this one."""
    facts: tuple[tuple[str, str], ...] = ()
    late_by: timedelta | None = None
    acknowledge_link: str = ""
    confirm_link: str = ""
    unsubscribe_link: str = ""
    occurred_at: datetime | None = None
    """When the message was written; the same for every attempt."""
    rendered: Rendered = Rendered()
    """The result of the organization's templates."""
    parts: tuple["Alert", ...] = ()

    @property
    def duration(self) -> timedelta | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return self.ended_at - self.started_at


def spoken_duration(duration: timedelta) -> str:
    """Format a duration in its two largest units, such as `2 h 5 min` or `42 s`."""
    seconds = round(duration.total_seconds())
    units = (
        ("d", seconds // 86_400),
        ("h", seconds // 3600 % 24),
        ("min", seconds // 60 % 60),
        ("s", seconds % 60),
    )
    first = next((index for index, (_, count) in enumerate(units) if count), 3)
    return " ".join(f"{count} {name}" for name, count in units[first : first + 2] if count) or "0 s"
