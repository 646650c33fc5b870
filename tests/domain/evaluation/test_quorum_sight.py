"""Regions that see nothing: what they still say, and what is left to the others."""

import pytest

from domain.evaluation.quorum import RegionStatus, agree, needed
from domain.evaluation.state import IncidentOpened, State, Status, Thresholds
from tests.domain.regions import changes, play

WITH_DEGRADED = Thresholds(confirmations=1, recoveries=1, alert_on_degraded=True)


def test_a_region_without_sight_leaves_it_to_the_others_what_the_monitor_is() -> None:
    assert play(["uuu", "uu?"])[0][-1].status.state is State.UP
    assert play(["uuu", "ss?"])[0][-1].status.state is State.DEGRADED


def test_where_the_others_have_not_looked_yet_one_without_sight_makes_an_unknown() -> None:
    assert play(["?-"])[0][-1].status.state is State.UNKNOWN


def test_what_only_a_region_that_lost_its_sight_would_decide_is_unknown() -> None:
    steps, _ = play(["uu", "-u", "d?"])
    assert (steps[-1].change, steps[-1].status.state) == (None, State.UNKNOWN)


def test_a_region_that_is_blind_again_and_again_speaks_for_its_last_good_check_alone() -> None:
    policy = Thresholds(confirmations=2, recoveries=1)
    assert changes(["uu", "?d", "?d"], policy=policy) == [IncidentOpened(20)]


def test_a_region_that_can_see_has_one_vote_and_speaks_against_nothing_beside_it() -> None:
    policy = Thresholds(confirmations=2, recoveries=1)
    assert changes(["uuu", "udd", "udd"], policy=policy) == [IncidentOpened(20)]


def test_what_is_over_is_not_remembered_as_degraded() -> None:
    steps, _ = play(["uu", "ss", "uu"], policy=WITH_DEGRADED)
    assert not steps[-1].status.incident_degraded


@pytest.mark.parametrize(
    ("rounds", "quorum", "count"),
    [
        (["uuu"], None, 2),
        (["uu?"], None, 2),
        (["u??"], None, 1),
        # Who saw the outage stands by it.
        (["ddu", "?-?"], None, 2),
        (["u??"], 2, 2),
        (["uuu"], 5, 3),
    ],
)
def test_it_takes_as_many_regions_as_are_named_or_most_of_those_that_can_tell(
    rounds: list[str], quorum: int | None, count: int
) -> None:
    assert needed(list(play(rounds)[1].values()), quorum) == count


def test_what_only_a_region_that_lost_its_sight_would_worsen_stays_as_it_is() -> None:
    steps, _ = play(["uuuu", "ddsu", "---?"], policy=WITH_DEGRADED)
    assert (steps[-1].change, steps[-1].status.state) == (None, State.DEGRADED)


def test_before_any_region_looked_the_monitor_is_what_it_was() -> None:
    before = Status(state=State.UP, last_slot=60)
    assert agree(before, [RegionStatus(Status())] * 2, None, 60).status == before


def test_a_region_that_lags_behind_does_not_take_the_monitor_back() -> None:
    before = Status(state=State.UP, last_slot=60)
    late = RegionStatus(Status(state=State.UP, last_slot=50))
    assert agree(before, [late], None, 50).status.last_slot == 60
