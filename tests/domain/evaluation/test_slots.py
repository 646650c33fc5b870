"""Slots compared with a search second by second."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation.slots import (
    CLOSE_AGE,
    FOREVER,
    LONGEST_TIMEOUT,
    SHARDS,
    STORED_WITHIN,
    TOLERANCE,
    VERIFY_STEP,
    is_extra_wanted,
    next_slot,
    phase_of,
    recheck_due,
    retry_age,
    shard_of,
    tolerance,
    verify_age,
)

intervals = st.integers(1, 120)
moments = st.integers(0, FOREVER - 86_400)
ids = st.integers(1, 2**63 - 1)


@given(st.integers(0, 119), intervals, st.integers(0, 10_000))
def test_the_next_slot_is_the_first_that_a_search_finds(
    phase: int, interval: int, after: int
) -> None:
    found = next(
        second
        for second in range(after + 1, after + interval + 1)
        if second % interval == phase % interval
    )
    assert next_slot(phase, interval, after) == found


@given(ids, st.integers(5, 86_400), moments)
def test_invariant_9_slots_follow_each_other_at_the_interval_without_a_gap(
    monitor_id: int, interval: int, start: int
) -> None:
    phase = phase_of(monitor_id, interval)
    first = next_slot(phase, interval, start)
    assert start < first <= start + interval
    for k in range(1, 4):
        assert next_slot(phase, interval, first + (k - 1) * interval) == first + k * interval
        assert next_slot(phase, interval, first + k * interval - 1) == first + k * interval


@given(ids, st.integers(5, 86_400), moments, st.lists(st.integers(1, 400), min_size=1, max_size=20))
def test_invariant_9_cutting_time_anywhere_neither_loses_nor_repeats_a_slot(
    monitor_id: int, interval: int, start: int, steps: list[int]
) -> None:
    phase = phase_of(monitor_id, interval)
    found, mark = [], start
    for step in steps:
        found.extend(_between(phase, interval, mark, mark + step))
        mark += step
    assert found == _between(phase, interval, start, mark)


def _between(phase: int, interval: int, after: int, until: int) -> list[int]:
    first = next_slot(phase, interval, after)
    return list(range(first, until + 1, interval))


@given(ids, st.integers(5, 86_400))
def test_the_phase_of_a_monitor_lies_in_its_interval_and_stays(
    monitor_id: int, interval: int
) -> None:
    phase = phase_of(monitor_id, interval)
    assert 0 <= phase < interval
    assert phase_of(monitor_id, interval) == phase


@pytest.mark.parametrize("interval", [5, 7, 10, 60, 300])
def test_monitors_made_one_after_the_other_are_spread_over_the_interval(interval: int) -> None:
    count = 200 * interval
    crowd = Counter(phase_of(monitor_id, interval) for monitor_id in range(1, count + 1))
    assert set(crowd) == set(range(interval))
    assert max(crowd.values()) < 1.5 * count / interval
    assert min(crowd.values()) > 0.5 * count / interval


@given(ids)
def test_every_monitor_has_one_shard(monitor_id: int) -> None:
    assert 0 <= shard_of(monitor_id) < SHARDS


def test_shards_are_equally_large() -> None:
    assert set(Counter(shard_of(monitor_id) for monitor_id in range(1, 1601)).values()) == {100}


@given(
    st.floats(1, FOREVER - 86_400), st.integers(1, 3600), st.integers(0, 60), st.integers(1, 86_400)
)
def test_a_recheck_waits_from_the_begin_of_its_check_and_comes_before_the_next_regular_one(
    began: float, wait: int, took: int, gap: int
) -> None:
    now = ceil(began) + took
    regular = int(began) + gap
    due = recheck_due(began=began, wait=wait, now=now, next_regular=regular)
    if due is not None:
        assert began + wait <= due < regular
        assert due >= now
        assert due == now or due - 1 < began + wait
    else:
        assert regular <= max(now, ceil(began + wait))


@pytest.mark.parametrize(
    ("now", "next_regular", "due"),
    [(100, 160, 111), (112, 160, 112), (100, 111, None), (100, 112, 111), (170, 160, None)],
)
def test_when_a_recheck_is_due(now: int, next_regular: int, due: int | None) -> None:
    assert recheck_due(began=100.4, wait=10, now=now, next_regular=next_regular) == due


@pytest.mark.parametrize(
    ("interval", "begins_within", "verified_at"), [(5, 5, 2), (15, 15, 12), (60, 15, 12)]
)
def test_invariant_9_how_late_a_probe_may_begin(
    interval: int, begins_within: int, verified_at: int
) -> None:
    assert tolerance(interval) == begins_within
    assert verify_age(interval) == verified_at


@given(st.integers(5, 86_400))
def test_invariant_9_what_is_published_again_reaches_a_worker_in_time(interval: int) -> None:
    assert verify_age(interval) + VERIFY_STEP - 1 < tolerance(interval) <= interval


@pytest.mark.parametrize(
    ("interval", "timeout", "until"),
    [(5, 3, 5), (15, 3, 7), (60, 10, 0), (60, 30, 15), (60, 11, -1)],
)
def test_until_when_a_held_up_check_is_made_again(interval: int, timeout: int, until: int) -> None:
    assert retry_age(interval, timeout) == until


@given(st.integers(5, 86_400), st.integers(1, LONGEST_TIMEOUT))
def test_invariant_9_a_check_made_again_is_stored_before_its_slot_is_verified_or_never_is(
    interval: int, timeout: int
) -> None:
    stored_at = retry_age(interval, timeout) + timeout + STORED_WITHIN
    oldest = verify_age(interval) + VERIFY_STEP - 1
    assert stored_at <= verify_age(interval) or timeout + STORED_WITHIN > oldest


def test_invariant_9_a_check_that_may_still_start_ends_before_its_slot_is_closed() -> None:
    assert TOLERANCE + LONGEST_TIMEOUT < CLOSE_AGE


@pytest.mark.parametrize(
    ("slot", "now", "wanted"),
    [
        (600, 620, True),
        (600, 869, True),
        (600, 870, False),
        (600, 1000, False),
        (610, 620, False),
    ],
)
def test_a_missed_regular_slot_is_made_good_if_the_next_is_more_than_half_a_minute_away(
    slot: int, now: int, *, wanted: bool
) -> None:
    assert is_extra_wanted(slot=slot, phase=0, interval=300, now=now) is wanted
