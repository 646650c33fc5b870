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

ACKNOWLEDGED_BY = "Acknowledged by"
"""The label of the fact that names the person."""

STATE = "State"
"""The label of the fact that says how a monitor is that has stopped flapping."""

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
class Outage:
    """An outage with all its incidents: one for each change of the severity.

    `down_for` is how long it was down, so far or in all. `ended_at` is None while it is open.
    """

    started_at: datetime
    ended_at: datetime | None = None
    down_for: timedelta = timedelta()

    @property
    def is_mixed(self) -> bool:
        """Whether it is over, and was down for a part of its time only."""
        if self.ended_at is None:
            return False
        return timedelta() < self.down_for < self.ended_at - self.started_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message to one channel. `key` stays the same for every attempt to send it.

    `outage_key` is the key of the opening that this channel received, so receivers can thread what
    follows. The opening has its own key there. `is_authorization` marks a failure of the
    credential; the site itself may be up.

    A message about no monitor has no monitor fields, and one about no incident has no `started_at`.
    `facts` are further labels and values. `late_by` is the delay of the message, if it is worth
    stating. `parts` are the messages of a digest.

    `started_at` and `ended_at` are those of the incident, which is a part of the `outage` if the
    severity changed.
    """

    key: str
    outage_key: str
    event: AlertEvent
    organization_name: str = ""
    monitor_id: str = ""
    monitor_name: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    cause: str = ""
    """The reason, as a sentence."""
    incident_id: str = ""
    cause_code: str = ""
    """The machine-readable cause of the incident, such as `timeout`."""
    http_status: int | None = None
    failures: int = 0
    """How many failed checks confirmed the incident; 0 if that is unknown or does not apply."""
    regions: tuple[str, ...] = ()
    """The regions of these checks."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outage: Outage | None = None
    link: str = ""
    """The API address of the incident or the monitor; it requires a token."""
    page_link: str = ""
    """The page of the incident, of the monitor or, of a digest, of all incidents; it requires a login."""
    time_zone: str = "UTC"
    """The IANA time zone of the reader."""
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
    headline: str = ""
    """What happened, such as `Certificate expires in 7 days`, where the event alone does not say it."""
    late_by: timedelta | None = None
    acknowledge_link: str = ""
    """A page that acknowledges without a login: the incident, or all incidents of a digest."""
    call_link: str = ""
    """Where the gateway posts the key that was pressed in a call."""
    confirm_link: str = ""
    unsubscribe_link: str = ""
    occurred_at: datetime | None = None
    """When the message was written; the same for every attempt."""
    rendered: Rendered = Rendered()
    """The result of the organization's templates."""
    parts: tuple["Alert", ...] = ()
    sent_before: int = 0
    """Of a digest: how many messages of the same burst were sent one by one before it."""

    @property
    def is_eased(self) -> bool:
        """Whether this opens a degraded incident that follows one that was down."""
        down_for = self.outage.down_for if self.outage else timedelta()
        return self.event is AlertEvent.DEGRADED and down_for > timedelta()

    @property
    def lasted(self) -> timedelta | None:
        """How long the outage lasted, or had lasted when this message was written."""
        began = self.outage.started_at if self.outage else self.started_at
        ended = self.outage.ended_at if self.outage else self.ended_at
        until = ended or self.occurred_at
        return None if began is None or until is None else max(until - began, timedelta())

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
