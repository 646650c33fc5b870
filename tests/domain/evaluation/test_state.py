"""The state machine case by case: each line of the drawing in `domain/evaluation/state.py`."""

import pytest

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import (
    Advance,
    IncidentClosed,
    IncidentOpened,
    Severity,
    SeverityChanged,
    State,
    Status,
    Thresholds,
    advance,
    pause,
    restart,
)
from tests.domain.checks import Check, changes, play

_LETTERS = {
    "u": Outcome.UP,
    "s": Outcome.DEGRADED,
    "d": Outcome.DOWN,
    "?": Outcome.UNKNOWN,
}


def run(
    letters: str, *, confirmations: int = 2, recoveries: int = 1, window: int = 0
) -> list[Advance]:
    """Play one letter per slot, from slot 10 in steps of 10."""
    policy = Thresholds(confirmations=confirmations, recoveries=recoveries, window=window)
    return play(_checks(letters), policy)


def alerted(letters: str) -> list[Advance]:
    """Play the same where degraded is worth an alert."""
    policy = Thresholds(confirmations=2, recoveries=1, alert_on_degraded=True)
    return play(_checks(letters), policy)


def _checks(letters: str) -> list[Check]:
    return [Check(10 * number, _LETTERS[letter]) for number, letter in enumerate(letters, 1)]


@pytest.mark.parametrize(
    ("letters", "state"),
    [
        ("u", State.UP),
        ("s", State.DEGRADED),
        ("us", State.DEGRADED),
        ("su", State.UP),
        ("d", State.PENDING),
        ("ud", State.UP),
        ("sd", State.DEGRADED),
        ("dd", State.DOWN),
        ("?", State.UNKNOWN),
        ("u?", State.UNKNOWN),
        ("u?u", State.UP),
        ("u?d", State.UNKNOWN),
        ("dd?", State.UNKNOWN),
        ("dd?d", State.DOWN),
        ("ddu", State.UP),
        ("dds", State.DEGRADED),
        ("dd?s", State.DEGRADED),
    ],
)
def test_the_state_after_a_run_of_checks(letters: str, state: State) -> None:
    assert run(letters)[-1].status.state is state


@pytest.mark.parametrize("confirmations", range(1, 11))
def test_exactly_the_last_confirmation_opens_the_incident(confirmations: int) -> None:
    steps = run("d" * confirmations, confirmations=confirmations)
    assert [step.change for step in steps[:-1]] == [None] * (confirmations - 1)
    assert steps[-1].change == IncidentOpened(10)


@pytest.mark.parametrize("recoveries", range(1, 11))
def test_exactly_the_last_recovery_closes_the_incident(recoveries: int) -> None:
    steps = run("d" + "u" * recoveries, confirmations=1, recoveries=recoveries)
    assert [step.change for step in steps[1:-1]] == [None] * (recoveries - 1)
    assert all(step.status.state is State.DOWN for step in steps[:-1])
    assert steps[-1].change == IncidentClosed(20)


def test_one_success_breaks_the_run_of_failures() -> None:
    assert changes(run("ddudd", confirmations=3)) == []


def test_an_unknown_does_not_break_the_run_of_failures() -> None:
    assert changes(run("ud?d")) == [IncidentOpened(20)]


def test_an_unknown_does_not_count_as_a_failure() -> None:
    assert changes(run("ud??u")) == []


def test_one_failure_breaks_the_run_of_recoveries() -> None:
    assert changes(run("dduduu", recoveries=2)) == [IncidentOpened(10), IncidentClosed(50)]


def test_degraded_is_good_enough_to_recover() -> None:
    assert changes(run("dds")) == [IncidentOpened(10), IncidentClosed(30)]


def test_degraded_and_up_count_together_as_recovery() -> None:
    assert changes(run("ddsu", recoveries=2))[-1] == IncidentClosed(30)


def test_the_incident_starts_at_the_first_failure_of_the_run_that_confirmed_it() -> None:
    assert changes(run("dudd")) == [IncidentOpened(30)]


def test_more_failures_of_an_open_incident_change_nothing() -> None:
    assert changes(run("dddddd")) == [IncidentOpened(10)]


def test_a_second_outage_opens_a_second_incident() -> None:
    assert changes(run("ddudd")) == [IncidentOpened(10), IncidentClosed(30), IncidentOpened(40)]


@pytest.mark.parametrize(
    ("letters", "recheck"),
    [
        ("u", False),
        ("d", True),
        ("dd", False),
        ("ddd", False),
        ("ddu", True),
        ("dduu", False),
        ("u?", False),
        ("d?", True),
        ("d??", True),
        ("du?", False),
        ("dd?", False),
        ("ddu?", True),
        ("ddud?", False),
    ],
)
def test_looks_again_soon_only_while_a_change_is_not_yet_confirmed(
    letters: str, *, recheck: bool
) -> None:
    assert run(letters, recoveries=2)[-1].recheck is recheck


@pytest.mark.parametrize(("letters", "recheck"), [("du?", False), ("d?", True), ("dud?", True)])
def test_an_unknown_within_a_window_is_looked_at_again_only_after_a_failure(
    letters: str, *, recheck: bool
) -> None:
    assert run(letters, confirmations=3, window=5)[-1].recheck is recheck


def test_a_failure_that_too_many_good_checks_followed_is_no_part_of_an_outage() -> None:
    assert changes(run("duuuddd", confirmations=3, window=5)) == [IncidentOpened(50)]


def test_a_run_of_which_a_shorter_window_leaves_nothing_is_no_part_of_an_outage() -> None:
    before = run("duu", confirmations=2, window=5)[-1].status
    shorter = Thresholds(confirmations=2, recoveries=1, window=2)
    steps = play([Check(100, Outcome.DOWN), Check(110, Outcome.DOWN)], shorter, before)
    assert changes(steps) == [IncidentOpened(100)]


@pytest.mark.parametrize(
    ("letters", "started"),
    [
        ("dud", 10),
        ("duud", None),
        ("duudd", 40),
        ("dd", 10),
        ("d?ud", 10),
        ("uduud" + "ud", 50),
    ],
)
def test_failures_within_a_window_need_not_be_consecutive(
    letters: str, started: int | None
) -> None:
    expected = [] if started is None else [IncidentOpened(started)]
    assert changes(run(letters, window=3)) == expected


def test_degraded_opens_an_incident_only_where_it_is_worth_an_alert() -> None:
    assert changes(run("sss")) == []
    assert changes(alerted("sss")) == [IncidentOpened(10, Severity.DEGRADED)]


def test_the_last_check_of_a_mixed_run_says_how_bad_it_is() -> None:
    assert changes(alerted("sd")) == [IncidentOpened(10, Severity.DOWN)]
    assert changes(alerted("ds")) == [IncidentOpened(10, Severity.DEGRADED)]


def test_the_severity_follows_each_check_while_the_incident_is_open() -> None:
    assert changes(alerted("ssdsu")) == [
        IncidentOpened(10, Severity.DEGRADED),
        SeverityChanged(30, Severity.DOWN),
        SeverityChanged(40, Severity.DEGRADED),
        IncidentClosed(50),
    ]


def test_degraded_is_no_recovery_where_it_is_worth_an_alert() -> None:
    steps = alerted("ddss")
    assert steps[-1].status.state is State.DEGRADED
    assert steps[-1].status.incident_open


def test_a_resumed_monitor_is_as_bad_as_its_open_incident() -> None:
    resumed = restart(pause(alerted("ss")[-1].status))
    assert resumed.state is State.DEGRADED


def test_a_paused_monitor_keeps_its_open_incident_and_forgets_its_streak() -> None:
    paused = pause(run("ddu", recoveries=2)[-1].status)
    assert paused == Status(state=State.PAUSED, last_slot=30, incident_open=True)


def test_a_resumed_monitor_with_an_open_incident_is_down_until_seen_otherwise() -> None:
    resumed = restart(pause(run("dd")[-1].status))
    assert resumed.state is State.DOWN
    step = advance(resumed, 100, Outcome.UP, Thresholds(confirmations=2, recoveries=1))
    assert step.change == IncidentClosed(100)


def test_a_resumed_monitor_needs_all_confirmations_again() -> None:
    resumed = restart(pause(run("ud")[-1].status))
    assert resumed.state is State.PENDING
    policy = Thresholds(confirmations=2, recoveries=1)
    first = advance(resumed, 100, Outcome.DOWN, policy)
    second = advance(first.status, 110, Outcome.DOWN, policy)
    assert first.change is None
    assert second.change == IncidentOpened(100)


def test_a_restart_needs_all_recoveries_again() -> None:
    restarted = restart(run("ddu", recoveries=2)[-1].status)
    step = advance(restarted, 100, Outcome.UP, Thresholds(confirmations=2, recoveries=2))
    assert step.change is None
    assert step.recheck


def test_a_check_of_the_same_slot_is_heard_once() -> None:
    policy = Thresholds(confirmations=2, recoveries=1)
    steps = play([Check(10, Outcome.DOWN), Check(10, Outcome.DOWN)], policy)
    assert changes(steps) == []
    assert steps[-1].status.recent == 1
