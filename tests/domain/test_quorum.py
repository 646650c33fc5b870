"""What several regions together make of a monitor that each of them sees on its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.outcome import Outcome
from domain.quorum import Sight, agree, look
from domain.state import (
    Advance,
    Change,
    IncidentClosed,
    IncidentOpened,
    Policy,
    Severity,
    SeverityChanged,
    State,
    Status,
    advance,
)
from tests.domain.checks import policies

_LETTERS = {"u": Outcome.UP, "s": Outcome.DEGRADED, "d": Outcome.DOWN, "?": Outcome.UNKNOWN}
ONE = Policy(confirmations=1, recoveries=1)


def play(
    rounds: list[str], *, quorum: int | None = None, policy: Policy = ONE
) -> tuple[list[Advance], dict[int, Sight]]:
    """Play rounds of one letter per region, `-` where it says nothing, from slot 10 in steps of 10."""
    sights = {region: Sight(Status()) for region in range(len(rounds[0]))}
    status = Status()
    steps = []
    for number, letters in enumerate(rounds, 1):
        for region, letter in enumerate(letters):
            if letter == "-":
                continue
            slot = 10 * number
            sights[region], alone = look(sights[region], slot, _LETTERS[letter], policy)
            ended = alone.change.ended if isinstance(alone.change, IncidentClosed) else slot
            steps.append(agree(status, list(sights.values()), quorum, ended))
            status = steps[-1].status
    return steps, sights


def changes(rounds: list[str], *, quorum: int | None = None, policy: Policy = ONE) -> list[Change]:
    return [step.change for step in play(rounds, quorum=quorum, policy=policy)[0] if step.change]


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


def test_a_region_that_knows_nothing_has_no_vote() -> None:
    assert changes(["uu?", "d--", "-d-"]) == [IncidentOpened(30)]
    assert changes(["u??", "d??"]) == [IncidentOpened(20)]


def test_a_named_quorum_is_not_lowered_by_regions_that_know_nothing() -> None:
    assert changes(["u??", "d??"], quorum=2) == []


def test_an_outage_does_not_end_since_a_region_that_saw_it_lost_its_sight() -> None:
    assert changes(["uuu", "ddu", "??u"], quorum=2) == [IncidentOpened(20)]
    assert changes(["uuu", "ddu", "??u", "u--"], quorum=2)[-1] == IncidentClosed(40)


def test_an_outage_begins_when_as_many_regions_as_it_takes_had_begun_to_fail() -> None:
    policy = Policy(confirmations=2, recoveries=1)
    assert changes(["uuu", "duu", "ddu", "-du"], policy=policy) == [IncidentOpened(30)]


def test_it_ends_with_the_first_good_check_of_the_region_that_tips_the_scales() -> None:
    policy = Policy(confirmations=1, recoveries=2)
    assert changes(["uuu", "ddu", "udu", "udu"], policy=policy) == [
        IncidentOpened(20),
        IncidentClosed(30),
    ]


def test_too_few_regions_leave_the_monitor_up() -> None:
    steps, sights = play(["uuu", "duu"])
    assert steps[-1].status.state is State.UP
    assert sights[0].status.incident_open


def test_all_regions_without_sight_make_an_unknown() -> None:
    assert play(["uu", "??"])[0][-1].status.state is State.UNKNOWN


def test_the_worst_that_enough_regions_see_is_the_severity() -> None:
    policy = Policy(confirmations=1, recoveries=1, alert_on_degraded=True)
    assert changes(["uuu", "dsu", "ddu"], policy=policy) == [
        IncidentOpened(20, Severity.DEGRADED),
        SeverityChanged(30, Severity.DOWN),
    ]


@given(st.lists(st.sampled_from("usd?"), max_size=30), policies, st.one_of(st.none(), st.just(1)))
def test_one_region_together_is_what_it_is_alone(
    letters: list[str], policy: Policy, quorum: int | None
) -> None:
    steps, _ = play(letters or ["u"], quorum=quorum, policy=policy)
    status, alone = Status(), []
    for number, letter in enumerate(letters or ["u"], 1):
        step = advance(status, 10 * number, _LETTERS[letter], policy)
        status = step.status
        alone.append(step.change)
    assert [step.change for step in steps] == alone


@given(
    st.lists(st.text("usd?-", min_size=3, max_size=3), max_size=25),
    policies,
    st.sampled_from([None, 1, 2, 3]),
)
def test_incidents_open_and_close_in_turn_and_never_before_they_began(
    rounds: list[str], policy: Policy, quorum: int | None
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
