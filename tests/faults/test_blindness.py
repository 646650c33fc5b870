"""The rules about unknown time: rows, spans and uptime agree to the second, and hide no outage."""

from dataclasses import replace

import pytest

from domain.evaluation.outcome import Outcome
from tests.faults.blindness import figures, spans
from tests.faults.blindness import unseen as unseen_outages
from tests.faults.evidence import Figures, Outage, Request, Row, Site, Span
from tests.faults.good_run import GOOD, row, unseen, with_rows


def _hidden(*rows: Row, site: Site = GOOD.site, seen_at: float | None = None) -> list[str]:
    seen = () if seen_at is None else (Request(seen_at, is_good=False),)
    return list(unseen_outages(replace(GOOD, site=site, rows=rows, requests=seen)))


def test_an_outage_that_nobody_saw_is_unknown() -> None:
    slots = range(1052, 1100, 5)
    assert _hidden(*[row(slot, Outcome.UNKNOWN) for slot in slots]) == []
    [sentence] = _hidden(*[row(slot, Outcome.UP) for slot in slots])
    assert sentence.startswith("nobody saw the outage from 1050 to 1100")


def test_one_second_that_claims_to_be_known_is_named() -> None:
    slots = [slot for slot in range(1052, 1100, 5) if slot != 1082]
    rows = [row(slot, Outcome.UNKNOWN) for slot in slots]
    [sentence] = _hidden(*rows, row(1082, Outcome.UP))
    assert sentence.endswith("slots 1082 to 1082 are known")


def test_an_outage_that_somebody_saw_is_judged_by_its_rows() -> None:
    assert _hidden(seen_at=1061.0) == []


def test_its_last_slots_may_have_been_checked_after_it() -> None:
    slots = range(1052, 1095, 5)
    rows = [row(slot, Outcome.UNKNOWN) for slot in slots]
    assert _hidden(*rows, row(1097, Outcome.UP, 3.2)) == []


def test_an_outage_between_two_slots_is_nothing_that_anybody_could_know() -> None:
    assert _hidden(row(1052, Outcome.UP), site=Site(outages=(Span(1053, 1056.5),))) == []


def test_blind_spans_are_the_time_of_the_unknown_rows() -> None:
    right = unseen(1012, 1017, 1047)
    assert list(spans(right)) == []
    assert list(spans(replace(right, blind=()))) == [
        "15 s from 1012 to 1052 are unknown by the rows alone"
    ]
    longer = replace(right, blind=(Span(1012, 1022), Span(1047, 1053)))
    assert list(spans(longer)) == ["1 s from 1052 to 1053 are unknown by the blind spans alone"]


@pytest.mark.parametrize(
    "notified", [Figures(147, 50, 1), Figures(149, 50, 0), Figures(148, 49, 1)]
)
def test_uptime_that_differs_from_incidents_and_rows_is_named(notified: Figures) -> None:
    assert list(figures(GOOD)) == []
    assert len(list(figures(replace(GOOD, figures=notified)))) == 1


def test_unknown_time_of_an_incident_is_unknown() -> None:
    watched = replace(unseen(1062), figures=Figures(up=148, down=45, unknown=5))
    assert list(figures(watched)) == []


def test_an_open_incident_lasts_until_the_end_of_the_schedule() -> None:
    watched = replace(GOOD, outages=(Outage(1052, None),), figures=Figures(50, 148, 0))
    assert list(figures(watched)) == []


def test_a_recheck_ends_unknown_time() -> None:
    rows = row(1012, Outcome.UNKNOWN), row(1014, Outcome.UP)
    watched = replace(with_rows(*rows), blind=(Span(1012, 1014),))
    assert list(spans(watched)) == []
