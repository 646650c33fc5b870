"""What a run promised and what it left behind: the terms that the oracle judges in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from domain.evaluation.outcome import Outcome


class Span(NamedTuple):
    """A stretch of time [start, end) in unix seconds."""

    start: float
    end: float

    def touches(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, moment: float) -> bool:
        return self.start <= moment < self.end


class Reply(NamedTuple):
    """What a site does with one request: a status, after a while or never."""

    status: int
    seconds: float = 0

    @property
    def is_good(self) -> bool:
        return self.status == 200 and self.seconds < inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What a site was told to do, and how it is watched.

    It fails during its outages, and at every `fails_every`th request. Its good answers take
    `slowness` seconds. A site that `hangs` never answers where another one would answer 500.
    """

    outages: tuple[Span, ...] = ()
    fails_every: int = 0
    slowness: float = 0
    hangs: bool = False
    interval: int = 5
    recheck: int = 10

    def reply(self, *, now: float, request: int, blips: Sequence[Span] = ()) -> Reply:
        """Answer request number `request` (from 1); all sites fail during the blips."""
        if any(outage.contains(now) for outage in self.outages):
            return Reply(500, inf if self.hangs else 0)
        if any(blip.contains(now) for blip in blips):
            return Reply(502)
        if self.fails_every and request % self.fails_every == 0:
            return Reply(503)
        return Reply(200, self.slowness)


class Request(NamedTuple):
    """One request as the site saw it come in, and whether it was to get a good answer."""

    at: float
    is_good: bool


class Stretch(NamedTuple):
    """When a monitor was to be checked: in [from_slot, until_slot), in unix seconds."""

    phase: int
    interval: int
    from_slot: int
    until_slot: int


class Row(NamedTuple):
    """What is stored of a check; `lateness` is how long after its slot the probe began, in seconds."""

    slot: int
    outcome: Outcome
    lateness: float = 0.0

    @property
    def is_known(self) -> bool:
        return self.outcome is not Outcome.UNKNOWN

    @property
    def began(self) -> float:
        return self.slot + self.lateness


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


class Figures(NamedTuple):
    """Uptime as the API tells it, in seconds of the whole run."""

    up: float
    down: float
    unknown: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One monitor: its site and schedule, and all that was found of it afterwards.

    `stops` is when a worker stood that might have checked it.
    """

    name: str
    site: Site
    span: Stretch
    timeout: int
    rows: tuple[Row, ...]
    requests: tuple[Request, ...]
    figures: Figures
    blind: tuple[Span, ...] = ()
    outages: tuple[Outage, ...] = ()
    messages: tuple[Message, ...] = ()
    stops: tuple[Span, ...] = ()

    @property
    def interval(self) -> int:
        return self.span.interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A finished run.

    `disturbed` are the injected faults, each with the time to get over it; `lossy` is when a check
    may have been lost by them; `blips` is when all sites failed at once. In `standstills` no check
    was dispatched. `leftovers` counts what must be gone when all is quiet, such as rechecks that
    nobody made.
    """

    watched: tuple[Watched, ...]
    channels: tuple[tuple[str, str], ...]
    disturbed: tuple[Span, ...] = ()
    lossy: tuple[Span, ...] = ()
    blips: tuple[Span, ...] = ()
    standstills: tuple[Span, ...] = ()
    leftovers: dict[str, int] = field(default_factory=dict)
