"""What several regions together make of a monitor that each of them sees on its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation.outcome import Outcome
from domain.evaluation.quorum import RegionStatus, agree, decide
from domain.evaluation.state import (
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
from tests.domain.checks import policies
from tests.domain.regions import LETTERS, changes, play


@pytest.mark.parametrize(
    ("rounds", "quorum", "opened"),
    [
        (["uuu", "duu"], None, False),
        (["uuu", "ddu"], None, True),
        (["uu", "du"], None, False),
        (["uu", "dd"], None, True),
        (["uuuu", "dduu"], None, False),
        (["uuuu", "dddu"], None, True),
        (["uuu", "duu"], 1, True),
        (["uuu", "ddu"], 3, False),
        (["uuu", "ddd"], 3, True),
        (["u", "d"], 3, True),
    ],
)
def test_an_outage_is_what_enough_regions_see(
    rounds: list[str], quorum: int | None, *, opened: bool
) -> None:
    assert bool(changes(rounds, quorum=quorum)) is opened


@pytest.mark.parametrize(("uncertainty", "is_confirmed"), [(0.0, True), (6.0, False)])
def test_a_region_counts_no_two_failures_that_may_have_been_seen_at_one_moment(
    uncertainty: float, *, is_confirmed: bool
) -> None:
    policy = Thresholds(confirmations=2, recoveries=1, interval=10, recheck=10)
    region_status = RegionStatus(Status())
    for slot in (10, 20):
        began = Begin(slot, slot + uncertainty)
        region_status, _ = decide(region_status, slot, Outcome.DOWN, policy, began=began)
    assert region_status.status.incident_open is is_confirmed


def test_a_region_that_knows_nothing_has_no_vote() -> None:
    assert changes(["uu?", "d--", "-d-"]) == [IncidentOpened(30)]
    assert changes(["u??", "d??"]) == [IncidentOpened(20)]


def test_a_named_quorum_is_not_lowered_by_regions_that_know_nothing() -> None:
    assert changes(["u??", "d??"], quorum=2) == []


def test_an_outage_does_not_end_since_a_region_that_saw_it_lost_its_sight() -> None:
    assert changes(["uuu", "ddu", "??u"], quorum=2) == [IncidentOpened(20)]
    assert changes(["uuu", "ddu", "??u", "u--"], quorum=2)[-1] == IncidentClosed(40)


@pytest.mark.parametrize("lost", ["d?", "??"])
def test_a_region_that_loses_its_sight_does_not_let_the_other_decide_what_it_spoke_against(
    lost: str,
) -> None:
    assert changes(["uu", "du", lost, "d-", "d-"]) == []
    assert changes(["ss", "ds", lost, "d-", "d-"]) == []


def test_nobody_speaks_against_an_outage_that_is_told_already() -> None:
    seen = Status(state=State.DOWN, last_slot=60, incident_open=True)
    blind = RegionStatus(Status(state=State.UNKNOWN, last_slot=60), good_until=50)
    step = agree(seen, [RegionStatus(seen, outage_since=10), blind], None, 60)
    assert (step.status, step.change) == (seen, None)


def test_a_region_that_saw_it_degraded_where_that_is_an_outage_speaks_against_nothing() -> None:
    policy = Thresholds(confirmations=1, recoveries=1, alert_on_degraded=True)
    _, region_statuses = play(["uuu", "suu", "?--"], policy=policy)
    assert region_statuses[0].good_until == 0


def test_what_is_not_decided_any_more_is_unknown() -> None:
    assert play(["uu", "du", "d?", "d-"])[0][-1].status.state is State.UNKNOWN


def test_a_region_that_was_already_failing_speaks_against_nothing() -> None:
    policy = Thresholds(confirmations=2, recoveries=1)
    assert changes(["uu", "du", "dd", "d?", "d-"], policy=policy) == [IncidentOpened(20)]


def test_a_region_speaks_against_no_outage_that_began_after_it_lost_its_sight() -> None:
    assert changes(["uu", "u?", "d-"]) == [IncidentOpened(30)]
    assert changes(["uuu", "duu", "d??", "d-d"]) == [IncidentOpened(40)]


def test_a_region_that_sees_again_speaks_for_itself() -> None:
    assert changes(["uu", "du", "d?", "dd"]) == [IncidentOpened(40)]
    assert changes(["uu", "du", "d?", "du", "u?", "d-"]) == [IncidentOpened(60)]


def test_one_that_is_blind_speaks_against_it_only_by_its_last_look() -> None:
    # The second region was fine at 20, and the first failed only after that.
    assert changes(["uu", "-u", "d?", "d-"]) == [IncidentOpened(30)]


def test_a_region_that_lost_its_sight_in_an_outage_stands_by_no_later_one() -> None:
    assert changes(["ddd", "?dd", "-uu", "-du"]) == [IncidentOpened(10), IncidentClosed(30)]


@given(
    st.lists(st.text("usd?-", min_size=3, max_size=3), max_size=25),
    policies,
    st.sampled_from([None, 1, 2, 3]),
)
def test_invariant_1_a_check_of_which_nothing_is_known_changes_no_incident(
    rounds: list[str], policy: Thresholds, quorum: int | None
) -> None:
    rounds = rounds or ["---"]
    steps, _ = play(rounds, quorum=quorum, policy=policy)
    letters = [letter for each in rounds for letter in each if letter != "-"]
    before = Status()
    for letter, step in zip(letters, steps, strict=True):
        if letter == "?":
            assert step.change is None
            assert step.status.incident_open is before.incident_open
            assert step.status.severity is before.severity
        before = step.status


@given(
    st.lists(st.text("usd?-", min_size=3, max_size=3), max_size=25),
    policies,
    st.sampled_from([None, 1, 2, 3]),
)
def test_the_status_says_open_exactly_between_opened_and_closed(
    rounds: list[str], policy: Thresholds, quorum: int | None
) -> None:
    is_open = False
    for step in play(rounds or ["---"], quorum=quorum, policy=policy)[0]:
        if step.change:
            is_open = not isinstance(step.change, IncidentClosed)
        assert step.status.incident_open is is_open
        if is_open:
            assert step.status.state.value in {step.status.severity.value, "unknown"}
        else:
            assert step.status.state is not State.DOWN


def test_an_outage_begins_when_as_many_regions_as_it_takes_had_begun_to_fail() -> None:
    policy = Thresholds(confirmations=2, recoveries=1)
    assert changes(["uuu", "duu", "ddu", "-du"], policy=policy) == [IncidentOpened(30)]


def test_where_more_see_it_than_it_takes_it_began_with_as_many_as_it_takes() -> None:
    seen = Status(state=State.DOWN, last_slot=60, incident_open=True)
    region_statuses = [RegionStatus(seen, since) for since in (30, 10, 20)]
    started = [agree(Status(), region_statuses, quorum, 60).change for quorum in (1, 2, 3)]
    assert started == [IncidentOpened(10), IncidentOpened(20), IncidentOpened(30)]


def test_it_ends_with_the_first_good_check_of_the_region_that_tips_the_scales() -> None:
    policy = Thresholds(confirmations=1, recoveries=2)
    assert changes(["uuu", "ddu", "udu", "udu"], policy=policy) == [
        IncidentOpened(20),
        IncidentClosed(30),
    ]


def test_too_few_regions_leave_the_monitor_up() -> None:
    steps, region_statuses = play(["uuu", "duu"])
    assert steps[-1].status.state is State.UP
    assert region_statuses[0].status.incident_open


def test_all_regions_without_sight_make_an_unknown() -> None:
    assert play(["uu", "??"])[0][-1].status.state is State.UNKNOWN


def test_the_worst_that_enough_regions_see_is_the_severity() -> None:
    policy = Thresholds(confirmations=1, recoveries=1, alert_on_degraded=True)
    assert changes(["uuu", "dsu", "ddu"], policy=policy) == [
        IncidentOpened(20, Severity.DEGRADED),
        SeverityChanged(30, Severity.DOWN),
    ]


@given(st.lists(st.sampled_from("usd?"), max_size=30), policies, st.one_of(st.none(), st.just(1)))
def test_one_region_together_is_what_it_is_alone(
    letters: list[str], policy: Thresholds, quorum: int | None
) -> None:
    steps, _ = play(letters or ["u"], quorum=quorum, policy=policy)
    status, alone = Status(), []
    for number, letter in enumerate(letters or ["u"], 1):
        step = advance(status, 10 * number, LETTERS[letter], policy)
        status = step.status
        alone.append(step.change)
    assert [step.change for step in steps] == alone


@given(
    st.lists(st.text("usd?-", min_size=3, max_size=3), max_size=25),
    policies,
    st.sampled_from([None, 1, 2, 3]),
)
def test_incidents_open_and_close_in_turn_and_never_before_they_began(
    rounds: list[str], policy: Thresholds, quorum: int | None
) -> None:
    is_open = False
    for change in changes(rounds or ["---"], quorum=quorum, policy=policy):
        match change:
            case IncidentOpened():
                assert not is_open
                is_open = True
            case IncidentClosed():
                assert is_open
                is_open = False
            case SeverityChanged():
                assert is_open
