"""Bursts: who goes alone, who waits until the minute is over, and who goes with others."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alerting.alert import AlertEvent
from domain.relay.digest import CHANGES, TOGETHER, WINDOW, DigestDecision, decide, minute_of

MINUTE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = MINUTE + WINDOW
ALONE = DigestDecision()
WAITS = DigestDecision(wait_until=LATER)
WITH_OTHERS = DigestDecision(together=True)
moments = st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda age: MINUTE + age)


@pytest.mark.parametrize(
    ("event", "written", "earlier", "waiting", "now", "expected"),
    [
        # The first ten of a minute go at once, the others when it is over.
        (AlertEvent.DOWN, 0, 0, 1, 0, ALONE),
        (AlertEvent.DOWN, 5, 9, 600, 5, ALONE),
        (AlertEvent.DOWN, 5, 10, 600, 5, WAITS),
        (AlertEvent.UP, 59, 10, 1, 59, WAITS),
        (AlertEvent.DOWN, 5, 10, 2, 60, WITH_OTHERS),
        (AlertEvent.DEGRADED, 5, 400, 1, 3600, WITH_OTHERS),
        # Of a burst at the end of a minute the first still go alone.
        (AlertEvent.DOWN, 59, 0, 600, 61, ALONE),
        # What piled up is told together, if it is too much to be told one by one.
        (AlertEvent.DOWN, 5, 0, 10, 3600, ALONE),
        (AlertEvent.DOWN, 5, 0, 11, 3600, WITH_OTHERS),
        (AlertEvent.REMINDER, 5, 0, 11, 3600, WITH_OTHERS),
        (AlertEvent.DOWN, 5, 0, 11, 65, ALONE),
        # A reminder is no change and waits for none.
        (AlertEvent.REMINDER, 5, 50, 5, 5, ALONE),
        (AlertEvent.TEST, 5, 50, 50, 5, ALONE),
        (AlertEvent.CONFIRM, 5, 50, 50, 3600, ALONE),
    ],
)
def test_what_goes_when_and_with_whom(
    event: AlertEvent, written: int, earlier: int, waiting: int, now: int, expected: DigestDecision
) -> None:
    created_at, asked_at = (MINUTE + timedelta(seconds=each) for each in (written, now))
    found = decide(event, created_at, earlier=earlier, waiting=waiting, limit=10, now=asked_at)
    assert found == expected


@given(
    st.sampled_from(AlertEvent),
    moments,
    st.timedeltas(timedelta(0), timedelta(days=3)),
    st.integers(0, 100),
    st.integers(1, 100),
    st.integers(1, 50),
)
def test_nothing_waits_longer_than_a_minute_and_what_waited_goes_then(
    event: AlertEvent, created_at: datetime, age: timedelta, earlier: int, waiting: int, limit: int
) -> None:
    now = created_at + age
    found = decide(event, created_at, earlier=earlier, waiting=waiting, limit=limit, now=now)
    if found.wait_until is not None:
        assert event in CHANGES
        assert now < found.wait_until <= created_at + WINDOW
        then = decide(
            event,
            created_at,
            earlier=earlier,
            waiting=waiting,
            limit=limit,
            now=found.wait_until,
        )
        assert then == WITH_OTHERS
    assert not found.together or event in TOGETHER


@given(st.integers(1, 30), st.integers(0, 200))
def test_of_a_minute_at_most_the_limit_go_alone(limit: int, changes: int) -> None:
    turns = [
        decide(AlertEvent.DOWN, MINUTE, earlier=each, waiting=changes, limit=limit, now=MINUTE)
        for each in range(changes)
    ]
    assert turns.count(ALONE) == min(limit, changes)
    assert set(turns[limit:]) <= {WAITS}


@pytest.mark.parametrize("event", AlertEvent)
def test_what_piled_up_is_told_together_if_it_is_about_monitors(event: AlertEvent) -> None:
    of_something_else = {
        AlertEvent.CONFIRM,
        AlertEvent.TEST,
        AlertEvent.CHANNEL_DISABLED,
        AlertEvent.DIGEST,
        AlertEvent.QUOTA,
        AlertEvent.EVENT,
    }
    now = MINUTE + timedelta(hours=1)
    found = decide(event, MINUTE, earlier=0, waiting=11, limit=10, now=now)
    assert found == (ALONE if event in of_something_else else WITH_OTHERS)


@given(st.timedeltas(timedelta(0), WINDOW - timedelta(microseconds=1)))
def test_all_moments_of_a_minute_of_the_clock_have_the_same_one(past: timedelta) -> None:
    assert minute_of(MINUTE + past) == (MINUTE, LATER)


@given(moments)
def test_a_moment_is_within_its_minute(moment: datetime) -> None:
    start, end = minute_of(moment)
    assert start <= moment < end == start + WINDOW
