"""Random histories of one monitor: what was found at its slots, and in which order that became known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from domain.analytics.uptime import Span
from domain.evaluation.blind_spans import Row, spans_after

LENGTH = 40


@dataclass(frozen=True, slots=True)
class History:
    """By slot whether nothing was known; `arrivals` are groups of slots, in which some come twice.

    A slot may be known to be blind first and turn out to be seen later, never the other way round.
    """

    interval: int
    blind: Mapping[int, bool]
    arrivals: Sequence[Sequence[tuple[int, bool]]]

    @property
    def end(self) -> int:
        return max(self.blind) + self.interval


def draw(random: Random, *, start: int = 0) -> History:
    """Draw regular slots and rechecks between them, in runs that are seen or blind."""
    interval = random.choice([5, 20, 60, 300])
    slots = [start + number * interval for number in range(LENGTH)]
    blind = {}
    is_blind = False
    for slot in slots:
        is_blind = is_blind if random.random() < 0.7 else random.random() < 0.5
        blind[slot] = is_blind
        if random.random() < 0.2:
            blind[slot + random.randrange(1, interval)] = random.random() < 0.3
    return History(interval, blind, _arrivals(random, blind))


def _arrivals(random: Random, blind: Mapping[int, bool]) -> list[list[tuple[int, bool]]]:
    """Mostly in order; some are late, some come twice, some are unknown before they are known."""
    events: list[tuple[float, int, bool]] = []
    for number, slot in enumerate(sorted(blind)):
        at = number + random.choice([0, 0, 0, random.uniform(0, 8)])
        if not blind[slot] and random.random() < 0.2:
            events.append((at - random.random(), slot, True))
        events.append((at, slot, blind[slot]))
        if random.random() < 0.1:
            events.append((at + random.uniform(0, 5), slot, blind[slot]))
    groups: list[list[tuple[int, bool]]] = [[]]
    for _, slot, is_blind in sorted(events):
        groups[-1].append((slot, is_blind))
        if random.random() < 0.5:
            groups.append([])
    return [group for group in groups if group]


@dataclass(slots=True)
class Memory:
    """What a system remembers that writes rows and spans, and may forget the rows."""

    interval: int
    rows: dict[int, bool] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)

    def take(self, group: Iterable[tuple[int, bool]]) -> None:
        touched = []
        for slot, is_blind in group:
            # A row that says something stays.
            self.rows[slot] = self.rows.get(slot, True) and is_blind
            touched.append(slot)
        low, high = min(touched), max(touched)
        near = [row for row in self.all_rows() if low <= row.slot <= high]
        self.spans = spans_after(self.spans, near)

    def all_rows(self) -> list[Row]:
        slots = sorted(self.rows)
        following = [*slots[1:], None]
        return [
            Row(slot, self.rows[slot], after, self.interval)
            for slot, after in zip(slots, following, strict=True)
        ]

    def forget(self, before: int) -> None:
        self.rows = {slot: blind for slot, blind in self.rows.items() if slot >= before}


def seconds_blind(history: History) -> list[bool]:
    """Say second by second what is blind, from the first slot on: the plainest way there is."""
    first, last = min(history.blind), history.end
    found = []
    is_blind = False
    for second in range(first, last):
        is_blind = history.blind.get(second, is_blind)
        found.append(is_blind)
    return found
