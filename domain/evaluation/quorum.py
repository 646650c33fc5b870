"""The state of a monitor, combined from the states of its regions.

A region that is unknown at the moment has no vote. While an incident is open, a region that
confirmed the outage keeps its vote until it confirms the recovery. While none is open, the last
known state of an unknown region still counts against an outage that began before its last check. So
a region that becomes unknown changes no incident. Below the quorum there is no incident, only
advisories.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import (
    Advance,
    Begin,
    IncidentClosed,
    IncidentOpened,
    Severity,
    SeverityChanged,
    State,
    Status,
    Thresholds,
    advance,
)

_KNOWN = frozenset({State.UP, State.DEGRADED, State.DOWN})


@dataclass(frozen=True, slots=True)
class RegionStatus:
    """The status of one region, and the slot since which it has confirmed an outage, or 0.

    `good_until` is set for a region that is unknown: the slot of its last check before, if all was
    up or degraded then, or 0.
    """

    status: Status
    outage_since: int = 0
    good_until: int = 0


def decide(
    region_status: RegionStatus,
    slot: int,
    outcome: Outcome,
    policy: Thresholds,
    *,
    began: Begin | None = None,
) -> tuple[RegionStatus, Advance]:
    """Apply a result to the status of its region alone."""
    advanced = advance(region_status.status, slot, outcome, policy, began=began)
    since = region_status.outage_since
    match advanced.change:
        case IncidentOpened(started):
            since = started
        case IncidentClosed():
            since = 0
    return RegionStatus(
        advanced.status, since, _good_until(region_status, advanced.status)
    ), advanced


def needed(region_statuses: Sequence[RegionStatus], quorum: int | None) -> int:
    """Return how many regions make an outage: `quorum`, or a majority of those with a vote."""
    return _most(
        [
            region_status
            for region_status in region_statuses
            if _has_vote(region_status, incident_open=True)
        ],
        region_statuses,
        quorum,
    )


def _most(
    voters: Sequence[RegionStatus], region_statuses: Sequence[RegionStatus], quorum: int | None
) -> int:
    return len(voters) // 2 + 1 if quorum is None else min(quorum, len(region_statuses))


def agree(
    before: Status,
    region_statuses: Sequence[RegionStatus],
    quorum: int | None,
    ended: int,
    *,
    is_known: bool = True,
) -> Advance:
    """Return the status of the monitor by its regions, and the change.

    An outage began when as many regions as the quorum requires had seen a failing check of their
    confirmed run. It ended at `ended`, the check that changed the majority. If a check is not known
    (`is_known`), it opens, closes and worsens nothing, even if it takes a vote from a region.
    """
    slot = max((region_status.status.last_slot for region_status in region_statuses), default=0)
    status = replace(before, last_slot=max(before.last_slot, slot))
    together = _together(status, region_statuses, quorum, ended)
    if is_known or together.change is None:
        return together
    return Advance(
        replace(status, state=State(before.severity) if before.incident_open else State.UNKNOWN)
    )


def _together(
    status: Status, region_statuses: Sequence[RegionStatus], quorum: int | None, ended: int
) -> Advance:
    voters = [
        region_status
        for region_status in region_statuses
        if _has_vote(region_status, incident_open=status.incident_open)
    ]
    if not voters:
        blind = any(
            region_status.status.state is State.UNKNOWN for region_status in region_statuses
        )
        return Advance(replace(status, state=State.UNKNOWN) if blind else status)
    most = _most(voters, region_statuses, quorum)
    seeing = [region_status for region_status in voters if region_status.status.incident_open]
    if len(seeing) >= most:
        since = sorted(region_status.outage_since for region_status in seeing)[most - 1]
        if not status.incident_open:
            against = [
                region_status
                for region_status in region_statuses
                if region_status.good_until >= since
            ]
            if len(seeing) < _most([*voters, *against], region_statuses, quorum):
                return Advance(replace(status, state=State.UNKNOWN))
        down = sum(region_status.status.severity is Severity.DOWN for region_status in seeing)
        return _outage(status, Severity.DOWN if down >= most else Severity.DEGRADED, since)
    slow = sum(region_status.status.state is not State.UP for region_status in voters)
    after = replace(
        status,
        state=State.DEGRADED if slow >= most else State.UP,
        incident_open=False,
        incident_degraded=False,
    )
    return Advance(after, IncidentClosed(ended) if status.incident_open else None)


def _has_vote(region_status: RegionStatus, *, incident_open: bool) -> bool:
    return region_status.status.state in _KNOWN or (
        incident_open and region_status.status.incident_open
    )


def _good_until(before: RegionStatus, after: Status) -> int:
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
