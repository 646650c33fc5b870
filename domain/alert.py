"""What a notifier is told of an event, in the terms of the person who will read it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AlertEvent(StrEnum):
    """`ENDED`: the monitor was deleted while it was down, so nobody will see it recover."""

    DOWN = "down"
    UP = "up"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message to one channel. `key` stays the same for every attempt to send it.

    `outage_key` is the key of the message that told this channel of the outage: its own for that
    message itself, so that what follows can be shown under it. `is_authorization` says that it was
    the credential that failed, and that the site itself may well be up.
    """

    key: str
    outage_key: str
    event: AlertEvent
    monitor_name: str
    url: str
    cause: str
    started_at: datetime
    ended_at: datetime | None
    link: str
    is_authorization: bool = False

    @property
    def duration(self) -> timedelta | None:
        return self.ended_at - self.started_at if self.ended_at else None


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
