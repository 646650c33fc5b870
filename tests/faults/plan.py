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
    "worker-maintenance": 1,
    "worker-exports": 0,
    "flower": 0,
    "demo-site": 0,
}
"""The processes of a stack that is to be disturbed: two wherever work may pile up."""

WORKERS = tuple(
    f"{role}.{number}"
    for role in ("beat", "worker-dispatch", "worker-checks", "worker-notifications")
    for number in (1, 2)
)
_LONG_GONE = "worker-checks.1"
_OFTEN = tuple(name for name in WORKERS if name != _LONG_GONE)
_SELDOM = ("worker-maintenance.1", "api.1")
SERVERS = ("redis", "postgres")


class Kind(StrEnum):
    KILL = "killed"
    """SIGKILL; for Postgres its immediate shutdown. The supervisor starts it again."""
    STOP = "stopped"
    """SIGSTOP, and SIGCONT after a while."""
    EMPTY = "emptied"
    """FLUSHALL."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """`at` and `seconds` count from the start of the run; only a stop lasts."""

    at: float
    kind: Kind
    process: str
    seconds: float = 0

    @property
    def recovery_seconds(self) -> float:
        """How long the others may feel it after it is over."""
        return 12 if self.process in SERVERS else 6


def seeded(seed: int) -> Random:
    return Random(seed)


def short(random: Random) -> list[Fault]:
    """Spread each kind of fault over forty seconds; one worker of checks is stopped all that time."""
    kills = [[Fault(0, Kind.KILL, process)] for process in (*_OFTEN, *SERVERS)]
    stops = [[Fault(0, Kind.STOP, process, 3)] for process in ("redis", "worker-dispatch.1")]
    groups = [*kills, *stops, _emptied(0, {_LONG_GONE})]
    random.shuffle(groups)
    step = 40 / len(groups)
    faults = [
        replace(fault, at=round(fault.at + 2 + step * number, 1))
        for number, group in enumerate(groups)
        for fault in group
    ]
    return sorted([Fault(2, Kind.STOP, _LONG_GONE, 40), *faults])


def long(random: Random, *, seconds: float) -> list[Fault]:
    """Disturb something every few seconds; now and then a stop of up to forty."""
    faults: list[Fault] = []
    at = 5.0
    while at < seconds:
        group = _draw(random, at, _stopped(faults, at))
        faults += group
        at = round(at + random.uniform(2, 6) + max(_pause_after(fault) for fault in group), 1)
    return faults


def _draw(random: Random, at: float, stopped: set[str]) -> list[Fault]:
    kind = random.choices([*Kind], weights=[14, 4, 1])[0]
    if kind is Kind.EMPTY and "redis" not in stopped:
        return _emptied(at, stopped)
    if kind is Kind.STOP and not stopped:
        seconds = random.choice([round(random.uniform(3, 25), 1), 40])
        return [Fault(at, kind, random.choice([*WORKERS, "redis"]), seconds)]
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
    """Postgres and Redis are in the way of everybody: let the others get over it."""
    return fault.recovery_seconds if fault.process in SERVERS else 0


def sites(
    random: Random, *, start: float, seconds: float, outage_seconds: float, count: int
) -> list[Site]:
    """Script the sites: most go down and come back, some never do, some fail now and then."""
    made = []
    for number in range(count):
        match number % 5:
            case 0:
                made.append(Site())
            case 1:
                made.append(Site(blip_every=12))
            case _:
                drawn = _outages(random, start, start + seconds, outage_seconds)
                made.append(Site(outages=tuple(drawn)))
    return made


def _outages(random: Random, start: float, end: float, outage_seconds: float) -> Iterator[Span]:
    """Draw outages with as much time between them, the last one over before the end."""
    gap = outage_seconds
    at = start + random.uniform(0, min(gap, end - start - outage_seconds))
    while at + outage_seconds <= end:
        yield Span(at, at + outage_seconds)
        at += outage_seconds + gap * random.uniform(1, 2)
