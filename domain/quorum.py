"""What several regions together make of a monitor that each of them sees on its own.

A region that knows nothing at the moment has no vote, but one that saw an outage stands by it until
it sees a recovery. Below the quorum there is no incident, only regions that see one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.outcome import Outcome
from domain.state import (
    Advance,
    IncidentClosed,
    IncidentOpened,
    Policy,
    Severity,
    SeverityChanged,
    State,
    Status,
    advance,
)

_KNOWN = frozenset({State.UP, State.DEGRADED, State.DOWN})


@dataclass(frozen=True, slots=True)
class Sight:
    """What one region sees: its own status, and the slot since which it sees an outage, or 0."""

    status: Status
    outage_since: int = 0


def look(sight: Sight, slot: int, outcome: Outcome, policy: Policy) -> tuple[Sight, Advance]:
    """Take a result of one region into account, for that region alone."""
    advanced = advance(sight.status, slot, outcome, policy)
    since = sight.outage_since
    match advanced.change:
        case IncidentOpened(started):
            since = started
        case IncidentClosed():
            since = 0
    return Sight(advanced.status, since), advanced


def needed(sights: Sequence[Sight], quorum: int | None) -> int:
    """Return how many regions make an outage: `quorum`, or a majority of those that can tell."""
    if quorum is not None:
        return min(quorum, len(sights))
    return sum(map(_has_vote, sights)) // 2 + 1


def agree(before: Status, sights: Sequence[Sight], quorum: int | None, ended: int) -> Advance:
    """Return what the monitor is by what its regions see now, and what that changed.

    An outage began when as many regions as it takes had seen a failing check of the run that they
    confirmed; it ended at `ended`, the check that the region saw which tipped the scales.
    """
    slot = max((sight.status.last_slot for sight in sights), default=0)
    status = replace(before, last_slot=max(before.last_slot, slot))
    if not any(map(_has_vote, sights)):
        blind = any(sight.status.state is State.UNKNOWN for sight in sights)
        return Advance(replace(status, state=State.UNKNOWN) if blind else status)
    most = needed(sights, quorum)
    seeing = [sight for sight in sights if sight.status.incident_open]
    if len(seeing) >= most:
        down = sum(sight.status.severity is Severity.DOWN for sight in seeing)
        severity = Severity.DOWN if down >= most else Severity.DEGRADED
        return _outage(status, severity, sorted(sight.outage_since for sight in seeing)[most - 1])
    slow = sum(sight.status.state is not State.UP for sight in sights if _has_vote(sight))
    good = State.DEGRADED if slow >= most else State.UP
    after = replace(status, state=good, incident_open=False, incident_degraded=False)
    return Advance(after, IncidentClosed(ended) if before.incident_open else None)


def _has_vote(sight: Sight) -> bool:
    return sight.status.incident_open or sight.status.state in _KNOWN


def _outage(status: Status, severity: Severity, since: int) -> Advance:
    after = replace(
        status,
        state=State(severity),
        incident_open=True,
        incident_degraded=severity is Severity.DEGRADED,
    )
    if not status.incident_open:
        return Advance(after, IncidentOpened(since, severity))
    if severity is not status.severity:
        return Advance(after, SeverityChanged(status.last_slot, severity))
    return Advance(after)
