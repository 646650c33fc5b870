"""The rules about what sites saw: each row rests on a request, in time, and there is no burst."""

from dataclasses import replace

import pytest

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Request, Row, Site, Span, Stretch, Watched
from tests.faults.good_run import GOOD, requests, row, unseen, with_rows, without_request
from tests.faults.matching import explained
from tests.faults.pairs import pairs
from tests.faults.probing import bursts, evidence_of_rows, extras
from tests.faults.promises import apart, second_try, tolerance


def _asked(watched: Watched, *moments: float, is_good: bool = True) -> Watched:
    added = [Request(moment, is_good) for moment in moments]
    return replace(watched, requests=tuple(sorted((*watched.requests, *added))))


def test_each_row_has_its_request() -> None:
    assert list(evidence_of_rows(GOOD)) == []
    assert len(explained(GOOD)) == len(GOOD.rows)


def test_a_row_without_a_request_is_named() -> None:
    found = list(evidence_of_rows(without_request(1192)))
    assert found == ["slot 1192 is up, but nobody asked the site"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (row(1012, Outcome.DOWN), "slot 1012 is down, but the site answered well at 1012.2"),
        (row(1077, Outcome.UP), "slot 1077 is up, but the site answered badly at 1077.2"),
    ],
)
def test_a_row_that_contradicts_its_request_is_named(changed: Row, words: str) -> None:
    assert list(evidence_of_rows(with_rows(changed))) == [words]


def test_a_probe_that_began_too_late_is_named_when_the_row_hides_it() -> None:
    hidden = _asked(without_request(1012), 1031.0)
    assert list(evidence_of_rows(hidden)) == [
        "slot 1012 is up, but was asked 19.0 s after it, not 0.2"
    ]


@pytest.mark.parametrize(("late", "right"), [(4.9, True), (5.1, False), (19.0, False)])
def test_a_probe_that_began_too_late_is_named_when_the_row_admits_it(
    late: float, *, right: bool
) -> None:
    admitted = _asked(with_rows(row(1012, Outcome.UP, late), watched=without_request(1012)), 0)
    admitted = _asked(admitted, 1012 + late + 0.05)
    found = list(evidence_of_rows(admitted))
    assert found == ([] if right else [f"slot 1012 was probed {late} s late, of at most 5"])


def test_a_probe_before_its_slot_is_named() -> None:
    early = _asked(without_request(1012), 1011.5)
    assert list(evidence_of_rows(early)) == ["slot 1012 is up, but nobody asked the site"]


def test_one_request_explains_one_row() -> None:
    twice = with_rows(row(1012, Outcome.UP, 5.0), watched=without_request(1012))
    assert len(list(evidence_of_rows(twice))) == 1


def test_pairs_are_found_where_the_nearest_is_needed_by_another() -> None:
    assert pairs([[1, 0], [1]]) == {1: 1, 0: 0}


def test_a_site_is_asked_once_until_its_next_slot() -> None:
    assert list(bursts(GOOD, [])) == []
    assert list(bursts(_asked(GOOD, 1013, 1014), [])) == [
        "3 requests between slots 1012 and 1017, of at most 1"
    ]


def test_a_fault_may_bring_one_message_twice_and_no_more() -> None:
    fault = [Span(1010, 1013)]
    assert list(bursts(_asked(GOOD, 1013), fault)) == []
    assert list(bursts(_asked(GOOD, 1013, 1014), fault)) == [
        "3 requests between slots 1012 and 1017, of at most 2"
    ]


def test_a_failure_is_checked_again_once() -> None:
    failing = _asked(GOOD, 1012.5, is_good=False)
    assert list(bursts(failing, [])) == []
    assert list(bursts(_asked(failing, 1014), [])) == [
        "3 requests between slots 1012 and 1017, of at most 2"
    ]


def test_after_a_missed_slot_one_extra_check_comes_where_the_next_slot_is_far() -> None:
    near = _asked(unseen(1012), 1018)
    assert len(list(bursts(near, []))) == 1
    far = replace(GOOD, span=Stretch(10, 60, 1000, 1200), site=Site(interval=60))
    rows = (row(1030, Outcome.UNKNOWN), row(1050, Outcome.UP), row(1090, Outcome.UP))
    far = replace(far, rows=rows, requests=requests(*rows))
    assert list(bursts(far, [])) == []
    assert list(bursts(_asked(far, 1055), [])) == []
    assert len(list(bursts(_asked(far, 1055, 1056), []))) == 1


def _missed(*rows: Row) -> list[str]:
    """Stand still from 1020 to 1080, so that the slot 1030 of every 150 s is missed."""
    site, span = Site(interval=150), Stretch(130, 150, 1000, 1200)
    watched = replace(GOOD, site=site, span=span, rows=(row(1030, Outcome.UNKNOWN), *rows))
    return list(extras(watched, [Span(1020, 1080)]))


def test_after_a_standstill_what_was_missed_is_checked_soon() -> None:
    assert _missed() == ["slot 1030 was missed, and no extra check followed until 1122"]
    assert _missed(row(1130, Outcome.UP)) != []
    assert _missed(row(1100, Outcome.UP)) == []


def test_no_extra_check_is_needed_where_a_regular_one_comes_soon() -> None:
    assert list(extras(unseen(1022, 1027, 1032), [Span(1020, 1035)])) == []


def test_a_site_that_hangs_is_asked_once_for_each_slot() -> None:
    hanging = replace(GOOD, site=replace(GOOD.site, hangs=True))
    assert list(bursts(hanging, [])) == []


def test_the_promises_are_those_that_are_made() -> None:
    assert [tolerance(interval) for interval in (5, 10, 15, 60)] == [5, 10, 15, 15]
    assert [apart(5, 10), apart(60, 10), apart(60, 20), apart(60, 2)] == [4.5, 5, 10, 1.5]
    assert [second_try(60, 10), second_try(60, 11), second_try(5, 4)] == [12, None, None]


def test_a_request_may_be_held_up_by_a_stop_within_the_tolerance() -> None:
    held_up = _asked(without_request(1012), 1015.0)
    assert len(list(evidence_of_rows(held_up))) == 1
    assert list(evidence_of_rows(replace(held_up, stops=(Span(1012.3, 1014.9),)))) == []
    too_late = _asked(without_request(1012), 1019.0)
    assert list(evidence_of_rows(replace(too_late, stops=(Span(1012.3, 1018.9),)))) == [
        "slot 1012 was asked 7.0 s late, of at most 5"
    ]
