"""The state machine of a monitor: what one more check result makes of what we believed.

    pending ──good──► up ◄──► degraded          any ──unknown──► unknown (runs are kept)
       │               │
       └─k failures────┴──► down ──r good──► up | degraded

k is `confirmations` within the last `window` checks, r is `recoveries`. A change is back-dated to
the first check of the run that confirmed it. Where degraded is worth an alert it fails a check too:
the last check of the run says how bad the incident is, and while it is open each further check does
so at once. Results may repeat and arrive in any order: one that is not newer changes nothing.
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


class Severity(StrEnum):
    """How bad an incident is."""

    DOWN = "down"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How many checks a change takes: all at least 1, and `window` at least `confirmations`.

    Without a window the failures have to be consecutive.
    """

    confirmations: int
    recoveries: int
    window: int = 0
    alert_on_degraded: bool = False

    @property
    def looked_back(self) -> int:
        return max(self.window, self.confirmations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is remembered of a monitor between two checks.

    While no incident is open, `recent` are the last checks that still count, as bits: the newest
    lowest, 1 where it failed. While one is, `successes` counts the run of good ones. Both stay
    within what the policy asks for. `run_started` is the slot of the first check of that run; a
    run of failures lasts as long as one of them counts. `incident_open` outlives `UNKNOWN` and
    `PAUSED`; `incident_degraded` says that the open one is no worse than that.
    """

    state: State = State.PENDING
    last_slot: int = 0
    recent: int = 0
    successes: int = 0
    run_started: int = 0
    incident_open: bool = False
    incident_degraded: bool = False

    @property
    def severity(self) -> Severity:
        """Of the open incident."""
        return Severity.DEGRADED if self.incident_degraded else Severity.DOWN


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    """`started` is the first check of the run; with a window, failures before it may have left that."""

    started: int
    severity: Severity = Severity.DOWN


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    ended: int


@dataclass(frozen=True, slots=True)
class SeverityChanged:
    """The open incident became worse or eased at this slot."""

    slot: int
    severity: Severity


Change = IncidentOpened | IncidentClosed | SeverityChanged


@dataclass(frozen=True, slots=True)
class Advance:
    """The new status, what it means for the incident, and whether to look again soon."""

    status: Status
    change: Change | None = None
    recheck: bool = False


def advance(status: Status, slot: int, outcome: Outcome, policy: Policy) -> Advance:
    """Take one result into account; the only place where a monitor's state changes by a check."""
    if slot <= status.last_slot or status.state is State.PAUSED:
        return Advance(status)
    seen = replace(status, last_slot=slot)
    if outcome is Outcome.UNKNOWN:
        return Advance(replace(seen, state=State.UNKNOWN), recheck=_is_open_question(seen))
    if outcome is Outcome.DOWN or (outcome is Outcome.DEGRADED and policy.alert_on_degraded):
        return _failed(seen, Severity(outcome), policy)
    return _succeeded(seen, State(outcome), policy)


def _failed(status: Status, severity: Severity, policy: Policy) -> Advance:
    if status.incident_open:
        return _failed_again(status, severity)
    before = _older(status.recent, policy)
    run = replace(
        status,
        recent=before | 1,
        run_started=status.run_started if before else status.last_slot,
    )
    if run.recent.bit_count() < policy.confirmations:
        return Advance(run, recheck=True)
    return Advance(_with_incident(run, severity), IncidentOpened(run.run_started, severity))


def _failed_again(status: Status, severity: Severity) -> Advance:
    after = _with_incident(status, severity)
    if severity is status.severity:
        return Advance(after)
    return Advance(after, SeverityChanged(status.last_slot, severity))


def _succeeded(status: Status, good: State, policy: Policy) -> Advance:
    if not status.incident_open:
        recent = _still_counting(_older(status.recent, policy), policy)
        after = replace(status, state=good, recent=recent, successes=0)
        return Advance(after if recent else _no_run(after))
    run = replace(
        status,
        state=State(status.severity),
        successes=status.successes + 1,
        run_started=status.run_started if status.successes else status.last_slot,
    )
    if run.successes < policy.recoveries:
        return Advance(run, recheck=True)
    up = _no_run(replace(run, state=good, incident_open=False, incident_degraded=False))
    return Advance(up, IncidentClosed(run.run_started))


def _is_open_question(status: Status) -> bool:
    """Tell whether the last check of which something is known asked for another look: it had none."""
    return bool(status.recent & 1 or status.successes)


def _older(recent: int, policy: Policy) -> int:
    """Make room for one more check, and let the oldest go."""
    return recent << 1 & (1 << policy.looked_back) - 1


def _still_counting(recent: int, policy: Policy) -> int:
    """Forget failures that so many good checks followed that they can be part of no outage."""
    most = policy.looked_back - policy.confirmations
    good = 0
    for age in range(policy.looked_back):
        good += not recent >> age & 1
        if good > most:
            return recent & (1 << age) - 1
    return recent


def _with_incident(status: Status, severity: Severity) -> Status:
    return _no_run(
        replace(
            status,
            state=State(severity),
            incident_open=True,
            incident_degraded=severity is Severity.DEGRADED,
        )
    )


def _no_run(status: Status) -> Status:
    return replace(status, recent=0, successes=0, run_started=0)


def pause(status: Status) -> Status:
    """Stop believing anything; an open incident stays open, since nobody saw a recovery."""
    return _no_run(replace(status, state=State.PAUSED))


def restart(status: Status) -> Status:
    """Begin a new run, after a resume or when what is probed has changed."""
    state = State(status.severity) if status.incident_open else State.PENDING
    return _no_run(replace(status, state=state))
