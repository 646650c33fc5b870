"""When the system itself is unhealthy: metrics of its parts, and a sentence about each problem.

The limits are far above what a busy system shows, and below what a user would notice as silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

LONGEST_LAG = 30.0
"""Seconds without a check published: half of what the shortest usual interval would show."""
LONGEST_WAIT = 120.0
"""Seconds that a message may be due while nobody sends any."""
LONGEST_SILENCE = 120.0
"""Seconds that a region with monitors may go without a sign of its workers, who give one each 30 s."""
MOST_UNKNOWN = 0.5
FEWEST_MONITORS = 4
"""With fewer monitors than these a share says little."""
LONGEST_IN_QUEUE: Mapping[str, float] = {
    "q.dispatch": 60.0,
    "q.notifications": 120.0,
    "q.maintenance": 900.0,
    "q.exports": 3600.0,
}
"""Seconds that the oldest message of a queue may have waited for a worker, by queue."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part; without a problem it is healthy."""

    name: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """How many of the monitors that are checked are unknown, and of how many organizations most are.

    A monitor may be unknown because of its URL or its server, which its organization chose. So the
    organizations count as well: no single one makes the system unhealthy while there are others.
    """

    monitors: int = 0
    of_monitors: int = 0
    organizations: int = 1
    of_organizations: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What the database says. Times are in seconds.

    `waiting` is how long a message has been due while no relay is at work.
    """

    lag: float
    waiting: float = 0
    missing_partitions: Sequence[str] = ()
    unknown: Unknown = Unknown()
    silent_regions: Sequence[str] = field(default_factory=tuple)


def judge(figures: Metrics) -> list[Part]:
    """Return all parts, in this order, whether they are healthy or not."""
    return [
        Part("beat", _beat(figures)),
        Part("deliveries", _deliveries(figures)),
        Part("partitions", _partitions(figures)),
        Part("checks", _checks(figures)),
        Part("regions", _regions(figures)),
    ]


def judge_queues(ages: Mapping[str, float]) -> Part:
    """Judge by the age of the oldest message of each queue, in seconds."""
    return Part("queues", " ".join(_stuck(ages)) or None)


def _beat(figures: Metrics) -> str | None:
    if figures.lag <= LONGEST_LAG:
        return None
    return f"No checks have been published for {figures.lag:.0f} s."


def _deliveries(figures: Metrics) -> str | None:
    if figures.waiting <= LONGEST_WAIT:
        return None
    return f"No notifications are being sent: one has been due for {figures.waiting:.0f} s."


def _partitions(figures: Metrics) -> str | None:
    missing = ", ".join(figures.missing_partitions)
    return f"Database partitions are missing: {missing}." if missing else None


def is_suspicious(unknown: Unknown) -> bool:
    """Return whether so many monitors are unknown that this system may be to blame."""
    return (
        unknown.of_monitors >= FEWEST_MONITORS
        and unknown.monitors > MOST_UNKNOWN * unknown.of_monitors
        and unknown.organizations > MOST_UNKNOWN * unknown.of_organizations
    )


def _checks(figures: Metrics) -> str | None:
    unknown = figures.unknown
    if not is_suspicious(unknown):
        return None
    return f"The state of {unknown.monitors} of {unknown.of_monitors} monitors is unknown."


def _regions(figures: Metrics) -> str | None:
    silent = ", ".join(figures.silent_regions)
    return (
        f"No check worker has reported for {LONGEST_SILENCE:.0f} s: {silent}." if silent else None
    )


def _stuck(ages: Mapping[str, float]) -> Iterator[str]:
    for queue, age in ages.items():
        if age > LONGEST_IN_QUEUE.get(queue, LONGEST_LAG * 2):
            yield f"The oldest message in {queue} has been waiting for {age:.0f} s."
