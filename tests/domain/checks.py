"""Random runs of check results, and what they must lead to, found by looking back over all of them."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import (
    Advance,
    Change,
    IncidentClosed,
    IncidentOpened,
    State,
    Status,
    Thresholds,
    advance,
    pause,
    restart,
)


@dataclass(frozen=True, slots=True)
class Check:
    slot: int
    outcome: Outcome


Action = Check | Callable[[Status], Status]

policies = st.builds(
    Thresholds,
    confirmations=st.integers(1, 4),
    recoveries=st.integers(1, 4),
    window=st.integers(0, 6),
    alert_on_degraded=st.booleans(),
)
consecutive = st.builds(Thresholds, confirmations=st.integers(1, 4), recoveries=st.integers(1, 4))
outcomes = st.sampled_from(Outcome)
# Long runs of one outcome are what crosses a threshold; single draws seldom make them.
runs = st.lists(st.tuples(outcomes, st.integers(1, 5)), max_size=12)
ordered = runs.map(
    lambda drawn: [
        Check(100 + 5 * index, outcome)
        for index, outcome in enumerate(outcome for outcome, count in drawn for _ in range(count))
    ]
)
jumbled = st.lists(st.builds(Check, st.integers(1, 60), outcomes), max_size=60)
"""Slots in any order, some of them several times."""

actions: st.SearchStrategy[list[Action]] = st.lists(
    st.one_of(st.builds(Check, st.integers(1, 200), outcomes), st.sampled_from([pause, restart])),
    max_size=60,
)
"""What may happen to a monitor: results in any order, pauses and restarts between them."""


def play(checks: list[Check], policy: Thresholds, status: Status | None = None) -> list[Advance]:
    """Feed the results one after the other and return each step."""
    steps = []
    status = status or Status()
    for check in checks:
        step = advance(status, check.slot, check.outcome, policy)
        status = step.status
        steps.append(step)
    return steps


def changes(steps: list[Advance]) -> list[Change]:
    return [step.change for step in steps if step.change]


def expected_changes(checks: list[Check], policy: Thresholds) -> list[Change]:
    """Say what must open and close, given results in the order of their slots."""
    found: list[Change] = []
    known: list[Check] = []
    for check in checks:
        if check.outcome is Outcome.UNKNOWN:
            continue
        known.append(check)
        is_open = bool(found) and isinstance(found[-1], IncidentOpened)
        needed = policy.recoveries if is_open else policy.confirmations
        last = known[-needed:]
        agree = len(last) == needed and all((c.outcome is Outcome.DOWN) != is_open for c in last)
        if agree:
            found.append(
                IncidentClosed(last[0].slot) if is_open else IncidentOpened(_run_start(known))
            )
    return found


def _run_start(known: list[Check]) -> int:
    good = [index for index, check in enumerate(known) if check.outcome is not Outcome.DOWN]
    return known[good[-1] + 1 if good else 0].slot


def settled(status: Status, *, is_open: bool) -> bool:
    """Tell whether a state may go together with an open incident, or with none."""
    if status.state in (State.UNKNOWN, State.PAUSED):
        return True
    if is_open:
        return status.state.value == status.severity.value
    return status.state is not State.DOWN
