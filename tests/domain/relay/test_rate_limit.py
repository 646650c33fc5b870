"""Paces: so many at once after a rest, and no more than so many a minute on and on."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.relay.rate_limit import after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def sent_within(length: timedelta, *, per_minute: int) -> list[datetime]:
    """Send as soon as one may, beginning with a rest; return when."""
    now, next_at, sent = NOW, None, []
    while now < NOW + length:
        sent.append(now)
        next_at = after(next_at, now=now, per_minute=per_minute)
        now = max(now, next_at)
    return sent


@pytest.mark.parametrize(("per_minute", "at_once"), [(1, 1), (6, 6), (30, 30)])
def test_after_a_rest_a_minutes_worth_goes_at_once(per_minute: int, at_once: int) -> None:
    assert sent_within(MINUTE, per_minute=per_minute).count(NOW) == at_once


def test_after_however_long_a_rest_no_more_goes_at_once() -> None:
    next_at, sent = after(None, now=NOW, per_minute=6), 0
    later = NOW + 60 * MINUTE
    while next_at <= later:
        next_at, sent = after(next_at, now=later, per_minute=6), sent + 1
    assert sent == 6


def test_six_a_minute_are_one_each_ten_seconds_after_that() -> None:
    later = sent_within(MINUTE, per_minute=6)[6:]
    assert [(each - NOW).total_seconds() for each in later] == [10, 20, 30, 40, 50]


@given(st.integers(1, 600), st.integers(1, 10))
def test_of_any_number_of_minutes_only_the_first_has_more(per_minute: int, minutes: int) -> None:
    sent = sent_within(minutes * MINUTE, per_minute=per_minute)
    assert len(sent) <= per_minute * (minutes + 1)
    assert len(sent) >= per_minute * minutes


@given(st.integers(1, 100), st.lists(st.floats(0, 100), max_size=200))
def test_no_minute_has_more_than_twice_its_worth(per_minute: int, waits: list[float]) -> None:
    now, next_at, sent = NOW, None, []
    for wait in waits:
        now += timedelta(seconds=wait)
        if next_at is None or next_at <= now:
            sent.append(now)
            next_at = after(next_at, now=now, per_minute=per_minute)
    for start in sent:
        assert sum(start <= each < start + MINUTE for each in sent) <= 2 * per_minute
