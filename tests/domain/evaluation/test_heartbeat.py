"""When a ping is expected, and whether its absence says anything."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.evaluation.heartbeat import (
    LONGEST_RUN,
    TOLERATED_GAP,
    Expectation,
    Listening,
    could_hear,
    expect,
    expect_end,
    run_duration,
    slot_of,
)

T = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GRACE = timedelta(minutes=10)

seconds = st.integers(-10_000, 10_000).map(lambda number: timedelta(seconds=number))
moments = seconds.map(lambda offset: T + offset)
graces = st.integers(30, 10_000).map(lambda number: timedelta(seconds=number))
expectations = st.builds(expect, moments, graces)


@st.composite
def spans(draw: st.DrawFn) -> list[Listening]:
    """Stretches as notes leave them behind: in order, with gaps that count between them."""
    edges = sorted(draw(st.lists(moments, unique=True, max_size=8)))
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    return [
        Listening(began_at, until_at)
        for index, (began_at, until_at) in enumerate(pairs)
        if index == 0 or began_at - pairs[index - 1][1] > TOLERATED_GAP
    ]


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def test_patience_ends_a_grace_after_the_expected_time() -> None:
    assert expect(T, GRACE) == Expectation(T, at(10))


def test_a_run_may_come_as_early_as_late() -> None:
    assert expect(T, GRACE).earliest == at(-10)


def test_a_started_run_has_the_grace_to_end() -> None:
    assert expect_end(None, T, GRACE) == expect(T, GRACE)
    assert expect_end(expect(at(60), GRACE), T, GRACE) == expect(T, GRACE)


def test_a_start_never_lengthens_the_patience() -> None:
    soon = expect(at(-5), GRACE)
    assert expect_end(soon, T, GRACE) == soon


@given(current=st.none() | expectations, started_at=moments, grace=graces)
def test_a_start_moves_the_deadline_only_forward(
    current: Expectation | None, started_at: datetime, grace: timedelta
) -> None:
    after = expect_end(current, started_at, grace)
    assert after.deadline_at <= started_at + grace
    if current is not None:
        assert after.deadline_at <= current.deadline_at


def test_who_listened_all_the_time_could_hear() -> None:
    assert could_hear(expect(T, GRACE), [Listening(at(-20), at(20))], heard_at=None)


def test_who_never_listened_could_not() -> None:
    assert not could_hear(expect(T, GRACE), [], heard_at=None)


def test_a_gap_while_the_ping_was_due_says_nothing_of_the_job() -> None:
    around = [Listening(at(-20), at(1)), Listening(at(3), at(20))]
    assert not could_hear(expect(T, GRACE), around, heard_at=None)


def test_a_stretch_that_ends_right_before_the_deadline_does_not_reach_it() -> None:
    assert not could_hear(expect(T, GRACE), [Listening(at(-20), at(9.99))], heard_at=None)
    assert could_hear(expect(T, GRACE), [Listening(at(-20), at(10))], heard_at=None)


def test_a_short_gap_before_it_loses_no_ping_that_is_sent_with_a_retry() -> None:
    for late, heard in ((timedelta(), True), (timedelta(seconds=1), False)):
        listened = [Listening(at(-10) + TOLERATED_GAP + late, at(20))]
        assert could_hear(expect(T, GRACE), listened, heard_at=None) is heard


def test_a_gap_before_the_last_sign_of_the_job_does_not_matter() -> None:
    around = [Listening(at(-20), at(-6)), Listening(at(-4), at(20))]
    assert not could_hear(expect(T, GRACE), around, heard_at=None)
    assert not could_hear(expect(T, GRACE), around, heard_at=at(-7))
    assert could_hear(expect(T, GRACE), around, heard_at=at(-3))


def test_a_gap_before_the_ping_could_come_does_not_matter() -> None:
    assert could_hear(expect(T, GRACE), [Listening(at(-10), at(20))], heard_at=at(-500))


@given(expected=expectations, heard_at=st.none() | moments, listened=spans())
def test_invariant_1_silence_counts_only_where_every_moment_was_listened_to(
    expected: Expectation, heard_at: datetime | None, listened: list[Listening]
) -> None:
    """Each second in which the ping may have come lies within a stretch, or a tolerated gap of it."""
    if not could_hear(expected, listened, heard_at=heard_at):
        return
    if heard_at is None or heard_at <= expected.deadline_at:
        assert any(
            each.began_at - TOLERATED_GAP <= expected.deadline_at <= each.until_at
            for each in listened
        )
    moment = max(expected.earliest, heard_at or expected.earliest)
    while moment <= expected.deadline_at:
        assert any(
            each.began_at - TOLERATED_GAP <= moment <= each.until_at + TOLERATED_GAP
            for each in listened
        )
        moment += timedelta(seconds=97)


@given(expected=expectations, heard_at=st.none() | moments)
def test_listening_all_the_time_is_always_enough(
    expected: Expectation, heard_at: datetime | None
) -> None:
    whole = Listening(T - timedelta(days=1), T + timedelta(days=1))
    assert could_hear(expected, [whole], heard_at=heard_at)


def test_a_run_lasts_from_its_start_to_its_end() -> None:
    assert run_duration(T, at(2)) == timedelta(minutes=2)
    assert run_duration(T, T) == timedelta()
    assert run_duration(T - LONGEST_RUN, T) == LONGEST_RUN


def test_a_start_that_is_missing_or_cannot_be_its_own_gives_no_duration() -> None:
    assert run_duration(None, T) is None
    assert run_duration(at(1), T) is None
    assert run_duration(T - LONGEST_RUN - timedelta(seconds=1), T) is None


@given(moment=moments, last_slot=st.integers(0, 2**31 - 2))
def test_a_result_never_takes_the_slot_of_an_older_one(moment: datetime, last_slot: int) -> None:
    slot = slot_of(moment, last_slot)
    assert slot > last_slot
    assert slot in {int(moment.timestamp()), last_slot + 1}
