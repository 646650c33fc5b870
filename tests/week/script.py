"""What happens in a simulated week, as data: the truth about the sites, and what is done to us.

All times are seconds from the beginning.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

INTERVAL = 60
HOUR = 3600
DAY = 24 * HOUR
STEP_WAIT = 30 * 60
"""How long after the first message the second person of a team is told."""
FLAP_CHANGES = 4
FLAP_WINDOW = 30 * 60


class Span(NamedTuple):
    start: int
    end: int

    def holds(self, moment: float) -> bool:
        return self.start <= moment < self.end


class Kind(StrEnum):
    """What is done to us; the first four last, the others strike whoever acts next."""

    DATABASE = "database gone"
    REDIS = "Redis emptied"
    RESOLVER = "name resolution dead"
    PROVIDER = "provider down"
    CHECK_LOST = "check worker killed before its commit"
    CHECK_REPEATED = "check worker killed after its commit"
    SWEEP_LOST = "sweep killed before its commit"
    UNSENT = "notifier killed before it sent"
    UNMARKED = "notifier killed between accept and commit"


@dataclass(frozen=True, slots=True)
class Fault:
    kind: Kind
    span: Span
    channel: str = ""
    """The kind of channel whose provider is down."""


@dataclass(slots=True)
class Watch:
    """A monitor, and the truth about its site.

    `blips` are the minutes in which one regular check fails and the next look does not. A monitor
    has its `parent`'s outages too. Who is told after half an hour is told only where `escalates`.
    """

    name: str
    team: int
    parent: "Watch | None" = None
    leads: bool = False
    """Whether others are behind it."""
    recoveries: int = 1
    escalates: bool = False
    flaps: bool = False
    outages: list[Span] = field(default_factory=list)
    blips: set[int] = field(default_factory=set)
    windows: list[Span] = field(default_factory=list)
    acknowledged: dict[Span, int] = field(default_factory=dict)
    """When somebody says of an outage that they take care."""

    @property
    def down(self) -> list[Span]:
        """When the site is really down, in order; spans that touch are one."""
        return list(_union([*self.outages, *(self.parent.down if self.parent else ())]))

    def is_down(self, moment: float) -> bool:
        return any(span.holds(moment) for span in self.down)


@dataclass(frozen=True, slots=True)
class Script:
    seconds: int
    watches: Sequence[Watch]
    faults: Sequence[Fault]

    def spans(self, kind: Kind, channel: str = "") -> list[Span]:
        return [each.span for each in self.faults if each.kind is kind and each.channel == channel]


def _union(spans: Sequence[Span]) -> Iterator[Span]:
    current: Span | None = None
    for span in sorted(spans):
        if current is not None and span.start <= current.end:
            current = Span(current.start, max(current.end, span.end))
            continue
        if current is not None:
            yield current
        current = span
    if current is not None:
        yield current
