"""Which threshold is told: the closest one passed, once, whenever somebody looks."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.expiry import USUAL_DAYS, Expiry, Subject, due, earlier, next_check

END = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
DAYS = st.lists(st.integers(1, 365), max_size=10)
MOMENTS = st.integers(0, 30_000).map(lambda days: END + timedelta(days=days))
BEFORE = st.floats(-30, 400, allow_nan=False)


def before(days: float) -> datetime:
    return END - timedelta(days=days)


def test_nothing_is_told_before_the_first_threshold() -> None:
    assert due(END, USUAL_DAYS, notified=None, now=before(31)) is None
    assert next_check(END, USUAL_DAYS, now=before(31)) == before(30)


def test_a_threshold_is_told_from_its_moment_on() -> None:
    assert due(END, USUAL_DAYS, notified=None, now=before(30)) == 30
    assert due(END, USUAL_DAYS, notified=30, now=before(20)) is None
    assert due(END, USUAL_DAYS, notified=30, now=before(14)) == 14


def test_one_seen_late_is_told_once_by_the_closest_threshold() -> None:
    assert due(END, USUAL_DAYS, notified=None, now=before(2)) == 3
    assert due(END, USUAL_DAYS, notified=3, now=before(2)) is None


def test_one_that_ran_out_unseen_is_told_by_the_last_threshold() -> None:
    assert due(END, USUAL_DAYS, notified=None, now=before(-2)) == 1
    assert next_check(END, USUAL_DAYS, now=before(-2)) is None


def test_of_two_the_one_that_runs_out_first_counts() -> None:
    soon = Expiry(Subject.CERTIFICATE, END, "a")
    later = Expiry(Subject.CERTIFICATE, END + timedelta(days=1), "b")
    assert earlier(soon, later) == earlier(later, soon) == earlier(soon, None) == soon
    assert earlier(None, None) is None


@given(DAYS, BEFORE)
def test_what_was_told_is_not_due_again_at_the_same_moment(days: list[int], left: float) -> None:
    notified = due(END, days, notified=None, now=before(left))
    assert notified is None or due(END, days, notified=notified, now=before(left)) is None


@given(DAYS, st.lists(BEFORE, min_size=1, max_size=40))
def test_however_often_somebody_looks_no_threshold_is_told_twice_and_none_after_a_closer_one(
    days: list[int], looks: list[float]
) -> None:
    notified: list[int] = []
    for left in sorted(looks, reverse=True):
        found = due(END, days, notified=notified[-1] if notified else None, now=before(left))
        notified += [] if found is None else [found]
    assert notified == sorted(set(notified), reverse=True)


@given(DAYS)
def test_who_looks_whenever_the_next_look_is_due_tells_every_threshold(days: list[int]) -> None:
    notified: list[int] = []
    look = next_check(END, days, now=before(400))
    while look is not None:
        found = due(END, days, notified=notified[-1] if notified else None, now=look)
        notified += [] if found is None else [found]
        look = next_check(END, days, now=look)
    assert notified == sorted(set(days), reverse=True)


@given(st.datetimes(timezones=st.just(UTC)), DAYS, MOMENTS)
def test_whatever_a_server_says_there_is_an_answer(
    expires_at: datetime, days: list[int], now: datetime
) -> None:
    """Anybody can make a certificate that ends in the year 1, and it must not hold up all others."""
    notified = due(expires_at, days, notified=None, now=now)
    look = next_check(expires_at, days, now=now)
    assert (notified is not None) is any(expires_at - now <= timedelta(days=each) for each in days)
    assert look is None or look > now
    assert (look is None) is all(expires_at - now <= timedelta(days=each) for each in days)
