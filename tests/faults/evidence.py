"""What a run promised and what it left behind: the terms that the oracle judges in."""

from dataclasses import dataclass, field
from typing import NamedTuple

from domain.outcome import Outcome


class Span(NamedTuple):
    """A stretch of time [start, end) in unix seconds."""

    start: float
    end: float

    def touches(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def covers(self, other: "Span") -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a site was told to do: fail during its outages, and at every `blip_every`th request."""

    outages: tuple[Span, ...] = ()
    blip_every: int = 0

    def status(self, *, now: float, request: int) -> int:
        """Answer request number `request` (from 1)."""
        if any(outage.start <= now < outage.end for outage in self.outages):
            return 500
        return 503 if self.blip_every and request % self.blip_every == 0 else 200


class Stretch(NamedTuple):
    """When a monitor was to be checked: in [from_slot, until_slot), in unix seconds."""

    phase: int
    interval: int
    from_slot: int
    until_slot: int


class Row(NamedTuple):
    slot: int
    outcome: Outcome


class Outage(NamedTuple):
    """An incident as it was recorded; the end is missing while it is open."""

    started: float
    ended: float | None


class Message(NamedTuple):
    """What arrived at a channel; the same key again is a repeat of the same message."""

    at: float
    kind: str
    address: str
    event: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One monitor: its site and schedule, and all that was found of it afterwards."""

    name: str
    site: Site
    stretch: Stretch
    rows: tuple[Row, ...]
    outages: tuple[Outage, ...] = ()
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A finished run.

    `disturbed` are the injected faults, each with the time to get over it; `lossy` is when a check
    may have been lost by them. `leftovers` counts what must be gone when all is quiet, such as rechecks that nobody made.
    """

    watched: tuple[Watched, ...]
    channels: tuple[tuple[str, str], ...]
    disturbed: tuple[Span, ...] = ()
    lossy: tuple[Span, ...] = ()
    leftovers: dict[str, int] = field(default_factory=dict)
