"""The rules about rows: one for each slot, unknown only where a fault was."""

from dataclasses import replace

import pytest

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Site, Span, Stretch, Watched
from tests.faults.good_run import GOOD, row, with_rows
from tests.faults.rows import expected_slots, slots, unknown_seconds, unknowns


def test_slots_are_those_of_the_phase_within_the_stretch() -> None:
    assert expected_slots(Stretch(3, 10, 1003, 1033)) == [1003, 1013, 1023]
    assert expected_slots(Stretch(3, 10, 1004, 1034)) == [1013, 1023, 1033]
    assert expected_slots(Stretch(3, 300, 1004, 1100)) == []


def test_each_slot_has_one_row() -> None:
    assert list(slots(GOOD)) == []
    missing = replace(GOOD, rows=tuple(each for each in GOOD.rows if each.slot != 1007))
    assert list(slots(missing)) == ["slot 1007 has no row"]
    doubled = replace(GOOD, rows=(*GOOD.rows, row(1007, Outcome.UP)))
    assert list(slots(doubled)) == ["slot 1007 has 2 rows"]


def test_a_row_beyond_the_slots_needs_a_failing_or_missing_check_before_it() -> None:
    assert list(slots(with_rows(row(1008, Outcome.UP)))) == ["slot 1008 was never due"]
    assert list(slots(with_rows(row(1053, Outcome.DOWN)))) == []
    assert list(slots(with_rows(row(1007, Outcome.UNKNOWN), row(1008, Outcome.UP)))) == []


def test_one_failing_or_missing_check_asks_for_one_more() -> None:
    twice = with_rows(row(1007, Outcome.UNKNOWN), row(1008, Outcome.UP), row(1011, Outcome.UP))
    assert list(slots(twice)) == ["slot 1011 was never due"]


def _unexplained(watched: Watched, *faults: Span) -> bool:
    return any("no fault explains it" in each for each in unknowns(watched, faults))


def test_an_unknown_is_explained_by_a_fault_when_its_check_could_begin() -> None:
    watched = with_rows(row(1017, Outcome.UNKNOWN))
    assert _unexplained(watched)
    assert not _unexplained(watched, Span(1015, 1018))
    assert not _unexplained(watched, Span(1021, 1030))
    assert _unexplained(watched, Span(1010, 1015))
    assert _unexplained(watched, Span(1023, 1090))


@pytest.mark.parametrize(
    ("faults", "explained"),
    [
        ([Span(1027, 1045)], True),
        ([Span(1029, 1031), Span(1041, 1043)], True),
        ([Span(1029, 1031)], False),
        ([Span(1041, 1043)], False),
        ([Span(1050, 1100)], False),
    ],
)
def test_a_check_that_is_asked_for_twice_is_lost_by_faults_at_both_times(
    faults: list[Span], *, explained: bool
) -> None:
    slow = replace(GOOD, span=Stretch(10, 20, 1000, 1200), timeout=10)
    watched = replace(slow, rows=(row(1030, Outcome.UNKNOWN),))
    assert _unexplained(watched, *faults) is not explained


def test_a_check_that_takes_long_may_be_lost_all_that_time() -> None:
    site = Site(hangs=True)
    watched = replace(with_rows(row(1017, Outcome.UNKNOWN)), site=site)
    assert not _unexplained(watched, Span(1025, 1027))


def test_an_unknown_row_says_so_until_the_next_row_or_until_that_is_due() -> None:
    watched = with_rows(row(1017, Outcome.UNKNOWN), row(1019, Outcome.UP))
    assert unknown_seconds(watched) == {1017, 1018}
    watched = with_rows(row(1197, Outcome.UNKNOWN), row(1192, Outcome.UNKNOWN))
    assert unknown_seconds(watched) == set(range(1192, 1200))
    assert unknown_seconds(replace(GOOD, rows=())) == set()
