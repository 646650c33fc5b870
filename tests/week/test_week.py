"""A day and a half of a simulated system among faults of every kind: everybody is told just what they must be."""

import secrets

import pytest
from sqlalchemy import Engine

from tests.week import plan
from tests.week.run import undergo
from tests.week.script import DAY, Kind

_MONITORS = 40


@pytest.mark.committed
def test_a_day_and_a_half_of_faults_ends_without_false_missed_or_doubled_messages(
    committed: Engine,
) -> None:
    seed = secrets.randbelow(10**6)
    script = plan.script(plan.seeded(seed), monitors=_MONITORS, seconds=DAY * 3 // 2, outages=0.8)
    week = undergo(committed, script)
    assert not week.verdict.wrong, "\n".join([f"seed {seed}", *week.lines(), *week.verdict.wrong])
    assert week.verdict.wanted > _MONITORS
    assert week.strikes[Kind.UNMARKED]
