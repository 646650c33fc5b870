"""When messages to one address are sent together as a digest.

Of the changes written for an address within a minute, the first go one by one. The rest wait for
the end of the minute and go as one message. A backlog goes as one message too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.alerting.alert import ENDS, OPENINGS, AlertEvent

WINDOW = timedelta(minutes=1)

CHANGES = OPENINGS | ENDS
"""The events that count towards a burst."""

TOGETHER = CHANGES | {
    AlertEvent.REMINDER,
    AlertEvent.ACKNOWLEDGED,
    AlertEvent.FLAPPING,
    AlertEvent.STABLE,
    AlertEvent.EXPIRY,
    AlertEvent.BURN_RATE,
}
"""The events that a digest may contain: those about a monitor."""


@dataclass(frozen=True, slots=True)
class DigestDecision:
    """Send a message now, alone or together with what waits, or not before `wait_until`."""

    together: bool = False
    wait_until: datetime | None = None


def decide(
    event: AlertEvent,
    created_at: datetime,
    *,
    earlier: int,
    waiting: int,
    limit: int,
    now: datetime,
) -> DigestDecision:
    """Decide about a message that has no attempt yet.

    `earlier` counts the changes written for the same address in the same minute before this one.
    `waiting` counts the messages to the address that could go now, including this one.
    """
    if event not in TOGETHER:
        return DigestDecision()
    end = minute_of(created_at)[1]
    in_burst = event in CHANGES and earlier >= limit
    if in_burst and now < end:
        return DigestDecision(wait_until=end)
    is_backlog = waiting > limit and now - created_at > WINDOW
    return DigestDecision(together=in_burst or is_backlog)


def minute_of(moment: datetime) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the clock minute of a moment."""
    start = moment.replace(second=0, microsecond=0)
    return start, start + WINDOW
