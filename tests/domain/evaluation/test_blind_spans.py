"""Unknown time compared with a walk second by second, whatever arrives when and is forgotten when."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.analytics.uptime import Span, uptime
from domain.evaluation.blind_spans import Row, gap_after, spans_after
from domain.evaluation.slots import FOREVER
from tests.domain.histories import Memory, draw, seconds_blind


@given(seed=st.integers(0))
def test_invariant_5_the_spans_are_what_a_walk_finds_in_whatever_order_the_rows_come(
    seed: int,
) -> None:
    history = draw(Random(seed))
    memory = Memory(history.interval)
    for group in history.arrivals:
        memory.take(group)
    walked = seconds_blind(history)
    first = min(history.blind)
    assert memory.spans == spans_after([], memory.all_rows())
    assert [
        any(span.start <= first + second < span.end for span in memory.spans)
        for second in range(len(walked))
    ] == walked


@given(seed=st.integers(0))
def test_invariant_5_uptime_is_the_same_the_second_after_old_rows_are_dropped(seed: int) -> None:
    random = Random(seed)
    history = draw(random)
    kept, forgetful = Memory(history.interval), Memory(history.interval)
    cut = len(history.arrivals) // 2
    for group in history.arrivals[:cut]:
        kept.take(group)
        forgetful.take(group)
    # Partitions are dropped when what is in them has long been told.
    oldest_to_come = min(slot for group in history.arrivals[cut:] for slot, _ in group)
    forgetful.forget(random.randint(0, oldest_to_come))
    for group in history.arrivals[cut:]:
        assert forgetful.spans == kept.spans
        kept.take(group)
        forgetful.take(group)
    forgetful.forget(FOREVER)
    for _ in range(20):
        window = Span(*sorted(random.sample(range(history.end), 2)))
        before, after = (
            uptime(window, monitored=[Span(0, history.end)], down=[], unknown=each.spans)
            for each in (kept, forgetful)
        )
        assert before == after


@pytest.mark.parametrize(
    ("row", "covered"),
    [
        (Row(100, blind=False, following=160, seconds=60), (100, 160)),
        (Row(100, blind=False, following=None, seconds=60), (100, 160)),
        (Row(100, blind=False, following=400, seconds=60), (100, 160)),
        (Row(100, blind=True, following=400, seconds=60), (100, 400)),
        (Row(100, blind=True, following=120, seconds=60), (100, 120)),
        (Row(100, blind=True, following=None, seconds=0), (100, 100)),
        (Row(100, blind=True, following=None, seconds=FOREVER), (100, FOREVER)),
    ],
)
def test_of_which_time_a_row_tells(row: Row, covered: tuple[int, int]) -> None:
    assert row.covered == covered


def test_what_is_known_cuts_a_span_that_reaches_beyond() -> None:
    seen = Row(150, blind=False, following=None, seconds=60)
    assert spans_after([Span(100, 400)], [seen]) == [(100, 150), (210, 400)]


@pytest.mark.parametrize(
    ("row", "gap"),
    [
        (Row(100, blind=False, following=160, seconds=60), None),
        (Row(100, blind=False, following=None, seconds=60), None),
        (Row(100, blind=True, following=400, seconds=60), None),
        (Row(100, blind=False, following=400, seconds=60), (160, 400)),
        (Row(110, blind=False, following=400, seconds=60), (160, 400)),
        (Row(700, blind=False, following=900, seconds=60), None),
        (Row(100, blind=False, following=900, seconds=0), None),
    ],
)
def test_slots_without_rows_are_a_gap(row: Row, gap: tuple[int, int] | None) -> None:
    found = gap_after(row, phase=40, closed=700)
    assert (found and found.covered) == gap
