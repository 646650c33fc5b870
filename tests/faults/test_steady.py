"""A minute of two beats and two check workers side by side, with nobody in their way."""

from pathlib import Path

import pytest

from domain.outcome import Outcome
from tests.faults import report
from tests.faults.evidence import Site
from tests.faults.oracle import judge
from tests.faults.rows import expected_slots
from tests.faults.run import undergo

_MONITORS = 50
_SECONDS = 60


@pytest.mark.stack
def test_invariant_9_two_of_everything_double_no_row_and_miss_none(directory: Path) -> None:
    run = undergo(directory, lambda _: [Site()] * _MONITORS, [], _SECONDS)
    wrong = judge(run.evidence)
    assert not wrong, "\n".join([*report.lines(run), "", *wrong])
    for watched in run.evidence.watched:
        assert sorted(row.slot for row in watched.rows) == expected_slots(watched.stretch)
        assert len(watched.rows) >= _SECONDS // watched.stretch.interval
        assert {row.outcome for row in watched.rows} == {Outcome.UP}
