"""Which faults happen when: a pure function of the random numbers that it is given."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from tests.faults.evidence import Site, Span

COUNTS = {
    "beat": 2,
    "worker-dispatch": 2,
    "worker-checks": 2,
    "worker-notifications": 2,
    "worker-housekeeping": 1,
    "worker-exports": 0,
    "flower": 0,
    "demo-site": 0,
}
"""The processes of a stack that is to be disturbed: two wherever work may pile up."""

EVERYTHING = "everything"
"""All processes of the stack, the servers and their children too: a machine that stands still."""
DISPATCH = "worker-dispatch"
"""A name without a number is all processes of that role."""
WORKERS = tuple(
    f"{role}.{number}"
    for role in ("beat", DISPATCH, "worker-checks", "worker-notifications")
    for number in (1, 2)
)
_LONG_GONE = "worker-checks.1"
_OFTEN = tuple(name for name in WORKERS if name != _LONG_GONE)
_SELDOM = ("worker-housekeeping.1", "api.1")
SERVERS = ("redis", "postgres")
_OFF_SECONDS = 90
_LONGEST_BLIP = 5
INTERVALS = (5, 10, 15, 20, 30, 60, 300)
_SMALL_BETWEEN = (2, 4)
"""How many small faults there are between two great ones."""


class Kind(StrEnum):
    KILL = "killed"
    """SIGKILL; for Postgres its immediate shutdown. The supervisor starts it again."""
    STOP = "stopped"
    """SIGSTOP, and SIGCONT after a while."""
    OFF = "off"
    """SIGKILL of everything, and a start after a while."""
    EMPTY = "emptied"
    """FLUSHALL."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`at` and `seconds` count from the start of the run; only a stop and an absence last.

    At the end of one all sites fail for `blip` seconds, from the first request on.
    """

    at: float
    kind: Kind
    process: str
    seconds: float = 0
    blip: float = 0

    @property
    def recovery_seconds(self) -> float:
        """How long the others may feel it after it is over."""
        return 12 if self.is_felt_by_all else 6

    @property
    def is_felt_by_all(self) -> bool:
        """Tell whether nothing else goes on meanwhile."""
        return self.process in {*SERVERS, EVERYTHING, DISPATCH}


def seeded(seed: int) -> Random:
    return Random(seed)


def short(random: Random) -> list[Fault]:
    """Stop everything once, then do each small fault within thirty seconds; one worker is stopped all that time."""
    kills = [[Fault(0, Kind.KILL, process)] for process in (*_OFTEN, *SERVERS)]
    stops = [[Fault(0, Kind.STOP, process, 2.5)] for process in ("redis", f"{DISPATCH}.1")]
    groups = [*kills, *stops, _emptied(0, {_LONG_GONE})]
    random.shuffle(groups)
    step = 32 / len(groups)
    faults = [
        replace(fault, at=round(fault.at + 30 + step * number, 1))
        for number, group in enumerate(groups)
        for fault in group
    ]
    standstill = Fault(2, Kind.STOP, EVERYTHING, round(random.uniform(10, 15), 1), blip=3)
    return sorted([standstill, Fault(30, Kind.STOP, _LONG_GONE, 32), *faults])


def long(random: Random, *, seconds: float) -> list[Fault]:
    """Disturb something every few seconds; now and then let everything stand still, or be off."""
    faults: list[Fault] = []
    great = _great(random)
    at, small = 5.0, 0
    while at < seconds:
        stopped = _stopped(faults, at)
        if not small and stopped:
            at += 1
            continue
        group = _draw(random, at, stopped) if small else [replace(next(great), at=at)]
        small = small - 1 if small else random.randint(*_SMALL_BETWEEN)
        if all(fault.at + fault.seconds < seconds for fault in group):
            faults += group
            pause = max(_pause_after(fault) for fault in group)
            at = round(at + random.uniform(2, 6) + pause, 1)
    return faults


def _great(random: Random) -> Iterator[Fault]:
    """Yield standstills without end, of every kind again and again."""
    while True:
        drawn = [
            *[(Kind.STOP, EVERYTHING, random.uniform(*each)) for each in _STANDSTILLS],
            (Kind.STOP, DISPATCH, random.uniform(10, 60)),
            (Kind.STOP, "redis", random.uniform(10, 30)),
            (Kind.STOP, "postgres", random.uniform(5, 30)),
            (Kind.OFF, EVERYTHING, _OFF_SECONDS),
        ]
        random.shuffle(drawn)
        for kind, process, seconds in drawn:
            blip = round(random.uniform(0, _LONGEST_BLIP), 1)
            yield Fault(0, kind, process, round(seconds, 1), blip)


_STANDSTILLS = ((5, 15), (15, 45), (45, 120))


def _draw(random: Random, at: float, stopped: set[str]) -> list[Fault]:
    kind = random.choices([Kind.KILL, Kind.STOP, Kind.EMPTY], weights=[14, 4, 2])[0]
    if kind is Kind.EMPTY and "redis" not in stopped:
        return _emptied(at, stopped)
    if kind is Kind.STOP and not stopped:
        seconds = random.choice([round(random.uniform(3, 25), 1), 40])
        return [Fault(at, kind, random.choice(WORKERS), seconds)]
    running = [name for name in (*WORKERS, *_SELDOM, *SERVERS) if name not in stopped]
    return [Fault(at, Kind.KILL, random.choice(running))]


def _emptied(at: float, stopped: set[str]) -> list[Fault]:
    """Empty Redis while nobody takes checks from it, so that there is something to lose."""
    checkers = [
        name for name in WORKERS if name.startswith("worker-checks") and name not in stopped
    ]
    stops = [Fault(at, Kind.STOP, name, 2.5) for name in checkers]
    return [*stops, Fault(at + 2, Kind.EMPTY, "redis")]


def _stopped(faults: list[Fault], at: float) -> set[str]:
    return {fault.process for fault in faults if fault.seconds and fault.at + fault.seconds >= at}


def _pause_after(fault: Fault) -> float:
    """Let what is in the way of everybody end, and be got over, before anything else happens."""
    return fault.seconds + fault.recovery_seconds if fault.is_felt_by_all else 0


def sites(
    random: Random, *, start: float, seconds: float, outage_seconds: float, count: int
) -> list[Site]:
    """Script the sites: most go down and come back, some never do, some fail now and then.

    Each kind of site is watched at each interval, as far as `count` goes.
    """
    return [
        replace(
            _site(random, number % 7, Span(start, start + seconds), outage_seconds),
            interval=INTERVALS[number // 7 % len(INTERVALS)],
        )
        for number in range(count)
    ]


def _site(random: Random, kind: int, run: Span, outage_seconds: float) -> Site:
    match kind:
        case 0:
            return Site()
        case 1:
            return Site(slowness=2)
        case 2:
            return Site(fails_every=12)
    drawn = tuple(_outages(random, run.start, run.end, outage_seconds))
    return Site(outages=drawn, hangs=kind == 3, recheck=2 if kind == 4 else 10)


def _outages(random: Random, start: float, end: float, longest: float) -> Iterator[Span]:
    """Draw outages with as much time between them, the last one over before the end."""
    at = start + random.uniform(0, min(longest, end - start - longest))
    while at + longest <= end:
        yield Span(at, at + longest * random.uniform(0.3, 1))
        at += longest * (1 + random.uniform(1, 2))
