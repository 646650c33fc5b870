"""The state machine of a monitor: what one more check result makes of what we believed.

    pending ──good──► up ◄──► degraded          any ──unknown──► unknown (streaks are kept)
       │               │
       └─k failures────┴──► down ──r good──► up | degraded

k is `confirmations`, r is `recoveries`. A change is back-dated to the first check of the run that
confirmed it. Results may repeat and arrive in any order: one that is not newer changes nothing.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.outcome import Outcome


class State(StrEnum):
    """What a monitor is now."""

    PENDING = "pending"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How many consecutive checks a change takes; both at least 1."""

    confirmations: int
    recoveries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is remembered of a monitor between two checks.

    `failures` counts the current run of failing checks while no incident is open, `successes` the
    run of good ones while one is; both stop at what the policy asks for, so they stay small.
    `run_started` is the slot of the first check of that run. `incident_open` outlives `UNKNOWN`
    and `PAUSED`.
    """

    state: State = State.PENDING
    last_slot: int = 0
    failures: int = 0
    successes: int = 0
    run_started: int = 0
    incident_open: bool = False


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    started: int


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    ended: int


@dataclass(frozen=True, slots=True)
class Advance:
    """The new status, the incident that it opened or closed, and whether to look again soon."""

    status: Status
    change: IncidentOpened | IncidentClosed | None = None
    recheck: bool = False


def advance(status: Status, slot: int, outcome: Outcome, policy: Policy) -> Advance:
    """Take one result into account; the only place where a monitor's state changes by a check."""
    if slot <= status.last_slot or status.state is State.PAUSED:
        return Advance(status)
    if outcome is Outcome.UNKNOWN:
        return Advance(replace(status, state=State.UNKNOWN, last_slot=slot))
    if outcome is Outcome.DOWN:
        return _failed(status, slot, policy)
    return _succeeded(status, slot, State(outcome), policy)


def _failed(status: Status, slot: int, policy: Policy) -> Advance:
    if status.incident_open:
        return Advance(_no_run(replace(status, state=State.DOWN, last_slot=slot)))
    run = replace(
        status,
        last_slot=slot,
        failures=status.failures + 1,
        run_started=status.run_started if status.failures else slot,
    )
    if run.failures < policy.confirmations:
        return Advance(run, recheck=True)
    down = _no_run(replace(run, state=State.DOWN, incident_open=True))
    return Advance(down, IncidentOpened(run.run_started))


def _succeeded(status: Status, slot: int, good: State, policy: Policy) -> Advance:
    if not status.incident_open:
        return Advance(_no_run(replace(status, state=good, last_slot=slot)))
    run = replace(
        status,
        state=State.DOWN,
        last_slot=slot,
        successes=status.successes + 1,
        run_started=status.run_started if status.successes else slot,
    )
    if run.successes < policy.recoveries:
        return Advance(run, recheck=True)
    up = _no_run(replace(run, state=good, incident_open=False))
    return Advance(up, IncidentClosed(run.run_started))


def _no_run(status: Status) -> Status:
    return replace(status, failures=0, successes=0, run_started=0)


def pause(status: Status) -> Status:
    """Stop believing anything; an open incident stays open, since nobody saw a recovery."""
    return _no_run(replace(status, state=State.PAUSED))


def restart(status: Status) -> Status:
    """Begin a new run, after a resume or when what is probed has changed."""
    return _no_run(replace(status, state=State.DOWN if status.incident_open else State.PENDING))
