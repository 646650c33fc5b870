"""One fault of every kind within a minute: nothing is lost, doubled, late to be told or told twice."""

import secrets
from pathlib import Path

import pytest

from tests.faults import plan, report
from tests.faults.oracle import judge
from tests.faults.run import undergo

_SECONDS = 75
_OUTAGE_SECONDS = 35
_MONITORS = 49


@pytest.mark.stack
def test_invariant_10_faults_lose_nothing_and_double_nothing(directory: Path) -> None:
    seed = secrets.randbelow(10**6)
    random = plan.seeded(seed)
    run = undergo(
        directory,
        lambda start: plan.sites(
            random,
            start=start,
            seconds=_SECONDS - 5,
            outage_seconds=_OUTAGE_SECONDS,
            count=_MONITORS,
        ),
        plan.short(random),
        _SECONDS,
    )
    # The seed makes the same plan again.
    wrong = judge(run.evidence)
    assert not wrong, "\n".join([f"seed {seed}", *report.lines(run), "", *wrong])
    assert len(run.faults) == len(plan.short(plan.seeded(seed)))
    assert any(each.messages for each in run.evidence.watched)
