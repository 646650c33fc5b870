"""When messages to one address are told together: many at once are one thing to read.

Of the changes that are written for an address within a minute, the first go one by one; the rest
wait until the minute is over and go as one message. So does what piled up while nothing was sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.alerting.alert import ENDS, OPENINGS, AlertEvent

WINDOW = timedelta(minutes=1)

CHANGES = OPENINGS | ENDS
"""The events that make a burst."""

TOGETHER = CHANGES | {
    AlertEvent.REMINDER,
    AlertEvent.ACKNOWLEDGED,
    AlertEvent.FLAPPING,
    AlertEvent.STABLE,
    AlertEvent.EXPIRY,
    AlertEvent.BURN_RATE,
}
"""The events that may be told in one message with others: those about a monitor."""


@dataclass(frozen=True, slots=True)
class DigestDecision:
    """Whether a message goes now, by itself or with what waits, or `wait_until` another time."""

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
    """Decide about a message that nobody tried to send yet.

    `earlier` counts the changes written for the same address in the same minute before this one,
    `waiting` the messages to it that could go now, this one among them.
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
    """Return the beginning and the end of the minute of the clock that a moment is in."""
    start = moment.replace(second=0, microsecond=0)
    return start, start + WINDOW
