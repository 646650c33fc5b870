"""What several regions together make of a monitor that each of them sees on its own.

A region that knows nothing at the moment has no vote. While an incident is open, one that saw the
outage stands by it until it sees a recovery; while none is, what it saw last still speaks against an
outage that others had begun to see by then. So that a region loses its sight changes no incident.
Below the quorum there is no incident, only regions that see one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import (
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
    """What one region sees: its own status, and the slot since which it sees an outage, or 0.

    `good_until` is of one that knows nothing now: its last check before, if all was well then, or 0.
    """

    status: Status
    outage_since: int = 0
    good_until: int = 0


def look(
    sight: Sight, slot: int, outcome: Outcome, policy: Policy, *, began: float | None = None
) -> tuple[Sight, Advance]:
    """Take a result of one region into account, for that region alone."""
    advanced = advance(sight.status, slot, outcome, policy, began=began)
    since = sight.outage_since
    match advanced.change:
        case IncidentOpened(started):
            since = started
        case IncidentClosed():
            since = 0
    return Sight(advanced.status, since, _good_until(sight, advanced.status)), advanced


def needed(sights: Sequence[Sight], quorum: int | None) -> int:
    """Return how many regions make an outage: `quorum`, or a majority of those that can tell."""
    return _most([sight for sight in sights if _has_vote(sight, standing=True)], sights, quorum)


def _most(voters: Sequence[Sight], sights: Sequence[Sight], quorum: int | None) -> int:
    return len(voters) // 2 + 1 if quorum is None else min(quorum, len(sights))


def agree(
    before: Status,
    sights: Sequence[Sight],
    quorum: int | None,
    ended: int,
    *,
    is_known: bool = True,
) -> Advance:
    """Return what the monitor is by what its regions see now, and what that changed.

    An outage began when as many regions as it takes had seen a failing check of the run that they
    confirmed; it ended at `ended`, the check that the region saw which tipped the scales. A check of
    which nothing `is_known` opens, closes and worsens nothing, whoever has no vote any more by it.
    """
    slot = max((sight.status.last_slot for sight in sights), default=0)
    status = replace(before, last_slot=max(before.last_slot, slot))
    together = _together(status, sights, quorum, ended)
    if is_known or together.change is None:
        return together
    return Advance(
        replace(status, state=State(before.severity) if before.incident_open else State.UNKNOWN)
    )


def _together(status: Status, sights: Sequence[Sight], quorum: int | None, ended: int) -> Advance:
    voters = [sight for sight in sights if _has_vote(sight, standing=status.incident_open)]
    if not voters:
        blind = any(sight.status.state is State.UNKNOWN for sight in sights)
        return Advance(replace(status, state=State.UNKNOWN) if blind else status)
    most = _most(voters, sights, quorum)
    seeing = [sight for sight in voters if sight.status.incident_open]
    if len(seeing) >= most:
        since = sorted(sight.outage_since for sight in seeing)[most - 1]
        if not status.incident_open:
            against = [sight for sight in sights if sight.good_until >= since]
            if len(seeing) < _most([*voters, *against], sights, quorum):
                return Advance(replace(status, state=State.UNKNOWN))
        down = sum(sight.status.severity is Severity.DOWN for sight in seeing)
        return _outage(status, Severity.DOWN if down >= most else Severity.DEGRADED, since)
    slow = sum(sight.status.state is not State.UP for sight in voters)
    after = replace(
        status,
        state=State.DEGRADED if slow >= most else State.UP,
        incident_open=False,
        incident_degraded=False,
    )
    return Advance(after, IncidentClosed(ended) if status.incident_open else None)


def _has_vote(sight: Sight, *, standing: bool) -> bool:
    return sight.status.state in _KNOWN or (standing and sight.status.incident_open)


def _good_until(before: Sight, after: Status) -> int:
    if after.state is not State.UNKNOWN or after.incident_open or after.recent:
        return 0
    is_good = before.status.state in {State.UP, State.DEGRADED}
    return before.status.last_slot if is_good else before.good_until


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
