"""The rules about incidents: where they begin and end, what confirms them, and which must be there."""

from dataclasses import replace

import pytest

from domain.evaluation.outcome import Outcome
from tests.faults.evidence import Outage, Request, Row, Site, Span, Stretch, Watched
from tests.faults.good_run import GOOD, requests, row
from tests.faults.incidents import outages

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN


def _wrong(watched: Watched, *, fault: Span | None = None, blip: Span | None = None) -> list[str]:
    faults, blips = ((each,) if each else () for each in (fault, blip))
    return list(outages(watched, faults, blips))


def _seen(*seen: tuple[int, Outcome, float], incidents: tuple[Outage, ...] = ()) -> Watched:
    """Watch a site every 5 s that is always up but for what these rows, with their lateness, say."""
    rows = tuple(row(slot, outcome, lateness) for slot, outcome, lateness in seen)
    return replace(
        GOOD, site=Site(), rows=rows, requests=requests(*rows), outages=incidents, messages=()
    )


def test_the_incident_of_an_outage_is_right() -> None:
    assert _wrong(GOOD) == []


@pytest.mark.parametrize(
    ("recorded", "words"),
    [
        ((), ["no incident, though the rows", "the outage of 1050 has no incident"]),
        ((Outage(1052, None),), ["ended at None, its run at 1102"]),
        ((Outage(1052, 1107),), ["ended at 1107, its run at 1102"]),
        ((Outage(1057, 1102),), ["does not begin where"]),
        ((Outage(1047, 1102),), ["does not begin where"]),
        ((Outage(1052, 1102), Outage(1150, 1160)), ["of 1150 does not begin", "the site was up"]),
    ],
)
def test_incidents_that_differ_from_the_rows_are_named(
    recorded: tuple[Outage, ...], words: list[str]
) -> None:
    found = _wrong(replace(GOOD, outages=recorded))
    assert [any(each in sentence for sentence in found) for each in words] == [True] * len(words)


def test_an_incident_before_the_truth_by_more_than_an_interval_is_named() -> None:
    watched = replace(GOOD, site=Site(outages=(Span(1080, 1100),)), requests=())
    assert "the incident began at 1052, when the site was up" in _wrong(watched)
    near = replace(GOOD, site=Site(outages=(Span(1056, 1100),)), requests=())
    assert not any("was up" in sentence for sentence in _wrong(near))


def test_two_failures_of_the_same_moment_confirm_nothing() -> None:
    blip = Span(1004.5, 1009)
    rows = (1002, DOWN, 2.9), (1007, DOWN, 0.1), (1012, UP, 0.1)
    assert _wrong(_seen(*rows), blip=blip) == []
    [sentence] = _wrong(_seen(*rows, incidents=(Outage(1002, 1012),)), blip=blip)
    assert sentence == "the incident of 1002 was confirmed by nothing"


def test_failures_of_the_same_moment_confirm_nothing_though_their_probes_began_apart() -> None:
    rows = (1002, DOWN, 0.1), (1007, DOWN, 0.1), (1012, UP, 0.1)
    late = _seen(*rows, incidents=(Outage(1002, 1012),))
    asked = (Request(1004.7, is_good=False), *late.requests[1:])
    held_up = replace(late, requests=asked, stops=(Span(1002.1, 1004.6),))
    assert _wrong(held_up) == ["the incident of 1002 was confirmed by nothing"]


def test_failures_that_are_far_apart_confirm_an_outage_beyond_a_closer_one() -> None:
    rows = (1002, DOWN, 4.0), (1007, DOWN, 0.1), (1012, DOWN, 0.1), (1017, UP, 0.1)
    [sentence] = _wrong(_seen(*rows))
    assert sentence == "no incident, though the rows from 1002 to 1012 confirm an outage"
    assert _wrong(_seen(*rows, incidents=(Outage(1002, 1017),))) == []


def test_a_run_of_failures_ends_with_more_than_an_interval_of_unknown_time() -> None:
    rows = (1002, DOWN, 0.1), (1007, UNKNOWN, 0), (1012, UNKNOWN, 0), (1017, DOWN, 0.1)
    assert _wrong(_seen(*rows)) == []
    [sentence] = _wrong(_seen(*rows, incidents=(Outage(1002, None),)))
    assert sentence == "the incident of 1002 was confirmed by nothing"


def test_a_run_that_goes_on_after_unknown_time_begins_there() -> None:
    before = (1002, DOWN, 0.1), (1007, UNKNOWN, 0), (1012, UNKNOWN, 0)
    rows = (*before, (1017, DOWN, 0.1), (1022, DOWN, 0.1))
    assert _wrong(_seen(*rows, incidents=(Outage(1017, None),))) == []
    assert _wrong(_seen(*rows)) != []


def test_one_missed_check_may_or_may_not_confirm() -> None:
    rows = (1002, DOWN, 0.1), (1007, UNKNOWN, 0), (1012, DOWN, 0.1), (1017, UP, 0.1)
    assert _wrong(_seen(*rows)) == []
    assert _wrong(_seen(*rows, incidents=(Outage(1002, 1017),))) == []


def test_an_outage_that_no_fault_came_near_needs_an_incident() -> None:
    unseen = replace(GOOD, outages=(), rows=(), requests=())
    [sentence] = _wrong(unseen)
    assert sentence == "the outage of 1050 has no incident, and no fault explains that"
    assert _wrong(unseen, fault=Span(1040, 1060)) == []


def test_an_outage_between_two_slots_needs_none() -> None:
    seldom = replace(GOOD, span=Stretch(10, 300, 1000, 1200), outages=(), rows=(), requests=())
    assert _wrong(seldom) == []


def test_among_faults_a_result_that_was_overtaken_may_not_count() -> None:
    rows = (1002, DOWN, 0.1), (1007, DOWN, 0.1), (1012, UP, 0.1)
    assert _wrong(_seen(*rows)) != []
    assert list(outages(_seen(*rows), (Span(1000, 1005),), ())) == []
    more = (1002, DOWN, 0.1), (1007, DOWN, 0.1), (1012, DOWN, 0.1), (1017, UP, 0.1)
    assert list(outages(_seen(*more), (Span(1000, 1005),), ())) != []


def _seldom(*seen: tuple[int, Outcome, float]) -> Watched:
    """Watch a site every 60 s whose incident begins with the first of these rows."""
    rows = tuple(Row(*each) for each in seen)
    return replace(
        GOOD,
        site=Site(interval=60),
        span=Stretch(50, 60, 1000, 1200),
        timeout=10,
        rows=rows,
        requests=requests(*rows),
        outages=(Outage(rows[0].slot, None),),
    )


def test_an_unknown_row_that_was_overtaken_breaks_no_run() -> None:
    rows = (1010, DOWN, 0.1), (1021, UNKNOWN, 13.0), (1025, UNKNOWN, 0.1), (1081, DOWN, 0.1)
    assert _wrong(_seldom(*rows)) == []


def test_an_unknown_row_that_came_in_time_breaks_a_run() -> None:
    rows = (1010, DOWN, 0.1), (1021, UNKNOWN, 0.1), (1070, UNKNOWN, 0.1), (1130, DOWN, 0.1)
    assert _wrong(_seldom(*rows)) == ["the incident of 1010 was confirmed by nothing"]


_OVERTAKEN = (1002, DOWN, 0.1), (1007, UP, 0.1), (1012, DOWN, 0.1), (1017, UP, 0.1)
"""The good row was stored last if its worker stood meanwhile."""


def test_a_good_row_that_was_overtaken_ends_no_incident() -> None:
    seen = _seen(*_OVERTAKEN, incidents=(Outage(1002, 1017),))
    truth = (Span(1000, 1004), Span(1010, 1015))
    held = replace(seen, site=Site(outages=truth), timeout=2, stops=(Span(1007.2, 1040),))
    assert _wrong(held) == []
    in_time = replace(held, stops=(Span(1002.2, 1004),))
    assert _wrong(in_time) == [
        "the incident of 1002 was confirmed by nothing",
        "the incident of 1002 ended at 1017, its run at 1007",
    ]


def test_an_incident_ends_with_the_first_good_row_that_was_not_overtaken() -> None:
    seen = _seen(*_OVERTAKEN, (1022, UP, 0.1), incidents=(Outage(1002, 1022),))
    truth = (Span(1000, 1004), Span(1010, 1015))
    held = replace(seen, site=Site(outages=truth), timeout=2, stops=(Span(1007.2, 1040),))
    assert _wrong(held) != []
