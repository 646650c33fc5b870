"""Sketches: percentiles within one percent, whatever was merged in whatever order."""

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics import sketch
from domain.analytics.sketch import BOUNDS, LARGEST, RELATIVE_ERROR, Sketch, bucket_of

SHARES = [0.0, 0.25, 0.5, 0.9, 0.95, 0.99, 1.0]
# As many short ones as long ones, and the longest that there can be.
latencies = st.one_of(
    st.integers(1, 200),
    st.integers(1, 5_000_000),
    st.integers(1, LARGEST),
    st.sampled_from([1, LARGEST]),
)
checks = st.lists(latencies, min_size=1, max_size=200)


def test_the_values_of_a_bucket_are_within_two_percent_of_each_other() -> None:
    tops = [after - 1 for _, after in pairwise(BOUNDS)] + [LARGEST]
    for least, most in zip(BOUNDS, tops, strict=True):
        assert least <= most
        # Half of it to both sides of the middle: (most - least) / (most + least).
        assert 99 * most <= 101 * least


def test_each_value_has_the_bucket_that_begins_at_or_before_it() -> None:
    for number, least in enumerate(BOUNDS, start=1):
        assert bucket_of(least) == number
        assert bucket_of(least - 1) == number - 1
    assert bucket_of(LARGEST) == len(BOUNDS)


@given(st.lists(checks, min_size=1, max_size=8))
def test_merged_percentiles_are_within_one_percent_of_those_of_numpy(
    groups: list[list[int]],
) -> None:
    found = sketch.merge(map(Sketch.of, groups)).quantiles(SHARES)
    exact = np.quantile(np.concatenate([np.array(each, dtype=float) for each in groups]), SHARES)
    # What floating point adds is far below a millionth.
    assert found == pytest.approx(exact, rel=RELATIVE_ERROR + 1e-9)


@given(st.lists(checks, max_size=6), st.randoms(use_true_random=False))
def test_the_bytes_of_a_sketch_do_not_depend_on_the_order_or_the_groups(
    groups: list[list[int]], random: Random
) -> None:
    every = [each for group in groups for each in group]
    at_once = Sketch.of(every).encode()
    shuffled = [Sketch.of(random.sample(group, len(group))) for group in groups]
    random.shuffle(shuffled)
    assert sketch.merge(shuffled).encode() == at_once
    random.shuffle(every)
    assert sketch.merge([Sketch.of(every[:7]), Sketch.of(every[7:])]).encode() == at_once


@given(st.lists(latencies, max_size=300))
def test_a_sketch_can_be_read_from_its_bytes(values: list[int]) -> None:
    before = Sketch.of(values)
    assert Sketch.decode(before.encode()) == before
    assert before.count == len(values)


def test_the_bytes_of_a_sketch_are_the_same_on_every_machine() -> None:
    values = [1, 2, 2, 99, 20_000, 20_001, 3_000_000, LARGEST]
    assert Sketch.of(values).encode().hex() == "01010101024801fe0102fa0101c90201"


def test_a_large_count_and_the_last_bucket_fit() -> None:
    large = Sketch(((1, 2**40), (len(BOUNDS), 1)))
    assert Sketch.decode(large.encode()) == large


@pytest.mark.parametrize("other", [b"", b"\x02\x01\x01"])
def test_bytes_of_another_version_are_refused(other: bytes) -> None:
    with pytest.raises(ValueError, match="version"):
        Sketch.decode(other)


def test_no_checks_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no checks"):
        Sketch().quantiles([0.5])
    assert sketch.quantile_of(Sketch().encode(), 0.5) is None


@given(st.lists(st.tuples(latencies, st.integers(1, 300)), min_size=1, max_size=60))
def test_a_percentile_read_from_the_bytes_is_that_of_the_sketch(
    counted: list[tuple[int, int]],
) -> None:
    found = Sketch.of(each for value, count in counted for each in [value] * count)
    for share in SHARES:
        assert sketch.quantile_of(found.encode(), share) == found.quantiles([share])[0]


@given(checks, st.integers(1, LARGEST))
def test_the_checks_up_to_a_limit_are_those_of_a_limit_within_one_percent(
    values: list[int], limit: int
) -> None:
    found = Sketch.of(values).at_most(limit)
    fewest = sum(each * (1 + RELATIVE_ERROR + 1e-9) < limit for each in values)
    most = sum(each * (1 - RELATIVE_ERROR - 1e-9) <= limit for each in values)
    assert fewest <= found <= most


def test_a_day_of_a_monitor_takes_about_150_bytes() -> None:
    chance = Random(7)
    day = [int(chance.lognormvariate(11.5, 0.25)) for _ in range(1440)]
    assert len(Sketch.of(day).encode()) < 250
