"""Roll-ups: merged, they are those of all checks together."""

from random import Random

import pytest

from domain.analytics.rollup import Rollup, merge, percentile_of
from domain.analytics.sketch import Sketch


def rolled(values: list[int], *, down: int = 0) -> Rollup:
    return Rollup(
        up=len(values),
        down=down,
        total_us=sum(values),
        min_us=min(values, default=0),
        max_us=max(values, default=0),
        dns_ms=3 * len(values),
        sketch=Sketch.of(values),
    )


def test_merged_rollups_are_the_rollup_of_all_checks() -> None:
    chance = Random(7)
    groups = [[chance.randint(1, 10**6) for _ in range(size)] for size in (40, 0, 1, 200)]
    every = [each for group in groups for each in group]
    found = merge(rolled(group, down=2) for group in groups)
    assert found == rolled(every, down=8)
    assert found.passed == 241


def test_nothing_merges_to_nothing_and_changes_nothing() -> None:
    assert merge([]) == Rollup()
    one = rolled([5_000, 7_000])
    assert merge([one, Rollup(unknown=0), rolled([])]) == one


def test_a_percentile_is_never_outside_of_the_least_and_the_most() -> None:
    one = rolled([123_457])
    assert one.percentiles([0, 0.5, 0.99]) == [123_457] * 3
    low, high = rolled([100_003, 100_005]).percentiles([0, 1])
    assert 100_003 <= low <= high <= 100_005
    encoded = one.sketch.encode()
    assert percentile_of(encoded, 0.95, least=123_457, most=123_457) == 123_457
    assert percentile_of(Sketch().encode(), 0.95, least=0, most=0) is None


def test_percentiles_of_no_latency_are_refused() -> None:
    with pytest.raises(ValueError, match="no checks"):
        Rollup(down=3).percentiles([0.5])
