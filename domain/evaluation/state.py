"""The state machine of a monitor: what one more check result makes of what we believed.

    pending ──good──► up ◄──► degraded          any ──unknown──► unknown (runs are kept)
       │               │
       └─k failures────┴──► down ──r good──► up | degraded

k is `confirmations` within the last `window` checks, r is `recoveries`. A change is back-dated to
the first check of the run that confirmed it. Where degraded is worth an alert it fails a check too:
the last check of the run says how bad the incident is, and while it is open each further check does
so at once. Results may repeat and arrive in any order: one that is not newer changes nothing.

Two failures count as two only if their probes began far enough apart, and a run of failures ends
when too long a time follows of which nothing is known.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from domain.evaluation.outcome import Outcome

_BLIP = 5.0
"""Seconds of trouble that two probes do not make an outage of, where the interval allows it."""
_JITTER = 0.5
"""Seconds by which the begin of a probe varies in steady operation."""


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
class Thresholds:
    """How many checks a change takes: all at least 1, and `window` at least `confirmations`.

    Without a window the failures have to be consecutive. `interval` and `recheck` are the seconds
    between regular checks, and from a failure to its recheck; 0 where nobody checks, as for a
    heartbeat.
    """

    confirmations: int
    recoveries: int
    window: int = 0
    alert_on_degraded: bool = False
    interval: int = 0
    recheck: int = 0

    @property
    def looked_back(self) -> int:
        return max(self.window, self.confirmations)

    @property
    def apart(self) -> float:
        """Seconds between the begins of two probes that confirm each other, at least.

        Half of the usual distance, so that a check that begins late does not confirm the one before
        by looking at the same moment. For short distances nearly all of it: a network that needs
        five seconds after a machine was suspended is no outage at any interval.
        """
        usual = min(self.interval, self.recheck)
        return max(usual / 2, min(usual, _BLIP) - _JITTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is remembered of a monitor between two checks.

    While no incident is open, `recent` are the last checks that still count, as bits: the newest
    lowest, 1 where it failed. While one is, `successes` counts the run of good ones. Both stay
    within what the policy asks for. `run_started` is the slot of the first check of that run; a
    run of failures lasts as long as one of them counts. `incident_open` outlives `UNKNOWN` and
    `PAUSED`; `incident_degraded` says that the open one is no worse than that.

    `failed_at` is when the probe of the last failure that counts began, in unix seconds.
    `unknown_since` is the slot of the first of the unknown results that came last, or 0.
    """

    state: State = State.PENDING
    last_slot: int = 0
    recent: int = 0
    successes: int = 0
    run_started: int = 0
    incident_open: bool = False
    incident_degraded: bool = False
    failed_at: float = 0.0
    unknown_since: int = 0

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


def advance(
    status: Status, slot: int, outcome: Outcome, policy: Thresholds, *, began: float | None = None
) -> Advance:
    """Take one result into account; the only place where a monitor's state changes by a check.

    `began` is when its probe began, in unix seconds; by default at the slot.
    """
    if slot <= status.last_slot or status.state is State.PAUSED:
        return Advance(status)
    seen = replace(_without_stale_run(status, slot, policy), last_slot=slot)
    if outcome is Outcome.UNKNOWN:
        since = seen.unknown_since or slot
        unknown = replace(seen, state=State.UNKNOWN, unknown_since=since)
        return Advance(unknown, recheck=_is_open_question(seen))
    known = replace(seen, unknown_since=0)
    if outcome is Outcome.DOWN or (outcome is Outcome.DEGRADED and policy.alert_on_degraded):
        return _failed(known, Severity(outcome), policy, slot if began is None else began)
    return _succeeded(known, State(outcome), policy)


def _without_stale_run(status: Status, slot: int, policy: Thresholds) -> Status:
    """End a run of failures that more than one interval follows of which nothing is known."""
    if not (status.recent and policy.interval):
        return status
    blind_since = status.unknown_since or status.last_slot + policy.interval
    return status if slot - blind_since <= policy.interval else _no_run(status)


def _failed(status: Status, severity: Severity, policy: Thresholds, began: float) -> Advance:
    if status.incident_open:
        return _failed_again(status, severity)
    if status.recent and began - status.failed_at < policy.apart:
        # The same moment seen twice: it neither confirms the failure before nor takes it back.
        return Advance(status, recheck=True)
    before = _older(status.recent, policy)
    run = replace(
        status,
        recent=before | 1,
        run_started=status.run_started if before else status.last_slot,
        failed_at=began,
    )
    if run.recent.bit_count() < policy.confirmations:
        return Advance(run, recheck=True)
    return Advance(_with_incident(run, severity), IncidentOpened(run.run_started, severity))


def _failed_again(status: Status, severity: Severity) -> Advance:
    after = _with_incident(status, severity)
    if severity is status.severity:
        return Advance(after)
    return Advance(after, SeverityChanged(status.last_slot, severity))


def _succeeded(status: Status, good: State, policy: Thresholds) -> Advance:
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


def _older(recent: int, policy: Thresholds) -> int:
    """Make room for one more check, and let the oldest go."""
    return recent << 1 & (1 << policy.looked_back) - 1


def _still_counting(recent: int, policy: Thresholds) -> int:
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
    return replace(status, recent=0, successes=0, run_started=0, failed_at=0.0)


def pause(status: Status) -> Status:
    """Stop believing anything; an open incident stays open, since nobody saw a recovery."""
    return _no_run(replace(status, state=State.PAUSED, unknown_since=0))


def restart(status: Status) -> Status:
    """Begin a new run, after a resume or when what is probed has changed."""
    state = State(status.severity) if status.incident_open else State.PENDING
    return _no_run(replace(status, state=state, unknown_since=0))
