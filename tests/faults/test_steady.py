"""A minute of two beats and two check workers side by side, with nobody in their way."""

from math import inf
from pathlib import Path

import pytest

from domain.evaluation.outcome import Outcome
from tests.faults import report
from tests.faults.evidence import Site, Span, Watched
from tests.faults.oracle import judge
from tests.faults.rows import expected_slots
from tests.faults.run import undergo

_SECONDS = 60
_QUICK = Site()
_SLOW = Site(slowness=2)
_HANGING = Site(outages=(Span(0, inf),), hangs=True)
_SITES = [_QUICK] * 40 + [_SLOW] * 5 + [_HANGING] * 5


@pytest.mark.stack
def test_invariant_9_two_of_everything_double_no_row_and_miss_none(directory: Path) -> None:
    run = undergo(directory, lambda _: _SITES, [], _SECONDS)
    wrong = judge(run.evidence)
    assert not wrong, "\n".join([*report.lines(run), "", *wrong])
    for watched in run.evidence.watched:
        assert {row.slot for row in watched.rows} == set(expected_slots(watched.span))
        assert len(watched.rows) >= _SECONDS // watched.span.interval
        assert {row.outcome for row in watched.rows} == {_expected(watched)}
        # Each site was asked once for each slot, also where its answer took long or never came.
        assert len(watched.requests) == len(watched.rows)


def _expected(watched: Watched) -> Outcome:
    return Outcome.DOWN if watched.site.hangs else Outcome.UP
