"""The state machine of a monitor: how one more check result changes its state.

    pending ──good──► up ◄──► degraded          any ──unknown──► unknown (runs are kept)
       │               │
       └─k failures────┴──► down ──r good──► up | degraded

k is `confirmations` within the last `window` checks, and r is `recoveries`. A change is back-dated
to the first check of the run that confirmed it. If degraded alerts, it also counts as a failure.
The last check of the run then sets the severity, and each further failure may change it. Results
may repeat and arrive in any order: one that is not newer changes nothing. Only an unknown one may
still be replaced by a known one of its slot: a check without an answer is made once more.

Two failures count as two only if their probes for sure began far enough apart. A run of failures
ends after too long a time without a known result.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from domain.evaluation.outcome import Outcome

_BLIP = 5.0
"""The seconds of failure that two probes do not count as an outage, if the interval allows."""
_JITTER = 0.5
"""The seconds by which the start of a probe varies in steady operation."""


class State(StrEnum):
    """The current state of a monitor."""

    PENDING = "pending"
    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    PAUSED = "paused"


class Severity(StrEnum):
    """The severity of an incident."""

    DOWN = "down"
    DEGRADED = "degraded"


class Begin(NamedTuple):
    """When a probe began, in unix seconds: not before `earliest` and not after `latest`.

    The moment is uncertain if the worker was stopped between its note and the request.
    """

    earliest: float
    latest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The number of checks that a change takes: at least 1, and `window` at least `confirmations`.

    Without a window, failures have to be consecutive. `interval` is the seconds between regular
    checks, and `recheck` those from a failure to its recheck. Both are 0 for a heartbeat, which is
    not probed.
    """

    confirmations: int
    recoveries: int
    window: int = 0
    alert_on_degraded: bool = False
    interval: int = 0
    recheck: int = 0

    @property
    def window_size(self) -> int:
        return max(self.window, self.confirmations)

    @property
    def min_distance(self) -> float:
        """The minimum seconds between the starts of two probes that confirm each other.

        It is half of the usual distance. So a check that begins late does not confirm the previous
        one by probing at the same moment. For short distances it is nearly all of it. A network
        that needs five seconds after a machine was suspended is no outage at any interval.
        """
        usual = min(self.interval, self.recheck)
        return max(usual / 2, min(usual, _BLIP) - _JITTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is stored of a monitor between two checks.

    While no incident is open, `recent` holds the last checks that still count, as bits: the newest
    is the lowest, and 1 is a failure. While one is open, `successes` counts the run of good checks.
    The policy bounds both. `run_started` is the slot of the first check of that run. A run of
    failures lasts as long as one of them counts. `incident_open` survives `UNKNOWN` and `PAUSED`,
    and `incident_degraded` is set if the open incident is degraded.

    `failed_at` is when the probe of the last counted failure began at the latest, in unix seconds.
    `unknown_since` is the slot of the first of the latest unknown results in a row, or 0.
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
        """The severity of the open incident."""
        return Severity.DEGRADED if self.incident_degraded else Severity.DOWN


@dataclass(frozen=True, slots=True)
class IncidentOpened:
    """`started` is the first check of the run. With a window, earlier failures may have left it."""

    started: int
    severity: Severity = Severity.DOWN


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    ended: int


@dataclass(frozen=True, slots=True)
class SeverityChanged:
    """The severity of the open incident changed at this slot."""

    slot: int
    severity: Severity


Change = IncidentOpened | IncidentClosed | SeverityChanged


@dataclass(frozen=True, slots=True)
class Advance:
    """The new status, the change of the incident, and whether to recheck soon."""

    status: Status
    change: Change | None = None
    recheck: bool = False


def advance(
    status: Status, slot: int, outcome: Outcome, policy: Thresholds, *, began: Begin | None = None
) -> Advance:
    """Apply one result. No other function changes the state of a monitor because of a check.

    `began` is when its probe began; by default at the slot.
    """
    if status.state is State.PAUSED or not _counts(status, slot, outcome):
        return Advance(status)
    seen = replace(_without_stale_run(status, slot, policy), last_slot=slot)
    if outcome is Outcome.UNKNOWN:
        since = seen.unknown_since or slot
        unknown = replace(seen, state=State.UNKNOWN, unknown_since=since)
        return Advance(unknown, recheck=_is_open_question(seen))
    known = replace(seen, unknown_since=0)
    if outcome is Outcome.DOWN or (outcome is Outcome.DEGRADED and policy.alert_on_degraded):
        return _failed(known, Severity(outcome), policy, began or Begin(slot, slot))
    return _succeeded(known, State(outcome), policy)


def _counts(status: Status, slot: int, outcome: Outcome) -> bool:
    """Return whether the result is newer, or the first known one of the newest slot."""
    if slot == status.last_slot and status.unknown_since:
        return outcome is not Outcome.UNKNOWN
    return slot > status.last_slot


def _without_stale_run(status: Status, slot: int, policy: Thresholds) -> Status:
    """End a run of failures after more than one interval without a known result."""
    if not (status.recent and policy.interval):
        return status
    blind_since = status.unknown_since or status.last_slot + policy.interval
    return status if slot - blind_since <= policy.interval else _no_run(status)


def _failed(status: Status, severity: Severity, policy: Thresholds, began: Begin) -> Advance:
    if status.incident_open:
        return _failed_again(status, severity)
    if status.recent and began.earliest - status.failed_at < policy.min_distance:
        # The same moment seen twice: it neither confirms the earlier failure nor resets it.
        return Advance(status, recheck=True)
    before = _older(status.recent, policy)
    run = replace(
        status,
        recent=before | 1,
        run_started=status.run_started if before else status.last_slot,
        failed_at=began.latest,
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
    """Return whether the last known check asked for a recheck, which did not give an answer."""
    return bool(status.recent & 1 or status.successes)


def _older(recent: int, policy: Thresholds) -> int:
    """Shift in one more check, and drop the oldest."""
    return recent << 1 & (1 << policy.window_size) - 1


def _still_counting(recent: int, policy: Thresholds) -> int:
    """Drop failures followed by so many good checks that they cannot be part of an outage."""
    most = policy.window_size - policy.confirmations
    good = 0
    for age in range(policy.window_size):
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
    """Reset the run and pause. An open incident stays open, because nobody saw a recovery."""
    return _no_run(replace(status, state=State.PAUSED, unknown_since=0))


def restart(status: Status) -> Status:
    """Begin a new run, after a resume or a change of what is probed."""
    state = State(status.severity) if status.incident_open else State.PENDING
    return _no_run(replace(status, state=state, unknown_since=0))
