"""The health of this service: metrics of its parts, and the problem of each unhealthy part.

The limits are far above what a busy service shows, and low enough that no user notices a gap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

LONGEST_LAG = 30.0
"""The longest time without a published check, in seconds: half of the shortest usual interval."""
LONGEST_WAIT = 120.0
"""The longest time that a message may be due while no relay sends any, in seconds."""
LONGEST_SILENCE = 120.0
"""The longest time without a report from the workers of a region with monitors, in seconds.

Workers report every 30 s.
"""
LONGEST_UNSEALED = 24 * 3600.0
"""The longest time after the end of a day in which it is not in the archive yet, in seconds.

A day of a million monitors takes half an hour. Until it is archived, the database keeps it.
"""
MOST_UNKNOWN = 0.5
FEWEST_MONITORS = 4
"""With fewer monitors, the share of unknown ones means little."""
LONGEST_IN_QUEUE: Mapping[str, float] = {
    "q.dispatch": 60.0,
    "q.notifications": 120.0,
    "q.housekeeping": 900.0,
    "q.exports": 3600.0,
}
"""The longest time that the oldest message of a queue may wait for a worker, in seconds."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of this service; it is healthy if it has no problem."""

    name: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The monitors that are unknown, and the organizations of which most monitors are unknown.

    A monitor may be unknown because of its URL or its server, which its organization chose. So the
    organizations count too: one alone cannot make the service unhealthy while there are others.
    """

    monitors: int = 0
    of_monitors: int = 0
    organizations: int = 1
    of_organizations: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Metrics from the database. Times are in seconds.

    `waiting` is how long a message has been due while no relay works. `unarchived` is how long ago
    the oldest day ended that is not in the archive yet.
    """

    lag: float
    waiting: float = 0
    missing_partitions: Sequence[str] = ()
    unknown: Unknown = Unknown()
    silent_regions: Sequence[str] = field(default_factory=tuple)
    unarchived: float = 0


def judge(metrics: Metrics) -> list[Part]:
    """Return all parts, healthy or not, in this order."""
    return [
        Part("beat", _beat(metrics)),
        Part("deliveries", _deliveries(metrics)),
        Part("partitions", _partitions(metrics)),
        Part("checks", _checks(metrics)),
        Part("regions", _regions(metrics)),
        Part("archive", _archive(metrics)),
    ]


def judge_queues(ages: Mapping[str, float]) -> Part:
    """Judge the queues by the age of the oldest message of each, in seconds."""
    return Part("queues", " ".join(_stuck(ages)) or None)


def _beat(metrics: Metrics) -> str | None:
    if metrics.lag <= LONGEST_LAG:
        return None
    return f"No checks have been published for {metrics.lag:.0f} s."


def _deliveries(metrics: Metrics) -> str | None:
    if metrics.waiting <= LONGEST_WAIT:
        return None
    return f"No notifications are being sent: one has been due for {metrics.waiting:.0f} s."


def _partitions(metrics: Metrics) -> str | None:
    missing = ", ".join(metrics.missing_partitions)
    return f"Database partitions are missing: {missing}." if missing else None


def is_suspicious(unknown: Unknown) -> bool:
    """Return whether so many monitors are unknown that this service may be the reason."""
    return (
        unknown.of_monitors >= FEWEST_MONITORS
        and unknown.monitors > MOST_UNKNOWN * unknown.of_monitors
        and unknown.organizations > MOST_UNKNOWN * unknown.of_organizations
    )


def _checks(metrics: Metrics) -> str | None:
    unknown = metrics.unknown
    if not is_suspicious(unknown):
        return None
    return f"The state of {unknown.monitors} of {unknown.of_monitors} monitors is unknown."


def _regions(metrics: Metrics) -> str | None:
    silent = ", ".join(metrics.silent_regions)
    return (
        f"No check worker has reported for {LONGEST_SILENCE:.0f} s: {silent}." if silent else None
    )


def _archive(metrics: Metrics) -> str | None:
    if metrics.unarchived <= LONGEST_UNSEALED:
        return None
    return f"A day of checks ended {metrics.unarchived / 3600:.0f} h ago and is not archived yet."


def _stuck(ages: Mapping[str, float]) -> Iterator[str]:
    for queue, age in ages.items():
        if age > LONGEST_IN_QUEUE.get(queue, LONGEST_LAG * 2):
            yield f"The oldest message in {queue} has been waiting for {age:.0f} s."
