"""Day partitions are made ahead and dropped in time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from domain.analytics.rollup import HOURS_KEPT
from services.operations import partitions

LATER = datetime(2031, 3, 30, 23, 59, tzinfo=UTC)


def test_a_week_ahead_is_made_once(session: Session) -> None:
    made = partitions.ensure(session, now=LATER)
    assert "check_results_p20310329" in made
    assert "check_failures_p20310406" in made
    assert len(made) == 3 * (partitions.DAYS_AHEAD + 2)
    assert partitions.ensure(session, now=LATER) == []


@pytest.mark.parametrize("hour", [0, 23])
def test_rows_of_a_day_go_to_its_partition(session: Session, hour: int) -> None:
    partitions.ensure(session, now=LATER)
    slot = int(datetime(2031, 4, 1, hour, tzinfo=UTC).timestamp())
    session.execute(text("INSERT INTO check_failures VALUES (1, :slot, 1, 1, 'x')"), {"slot": slot})
    where = session.scalar(text("SELECT tableoid::regclass::text FROM check_failures"))
    assert where == "check_failures_p20310401"


def test_expired_days_are_dropped_and_kept_ones_stay(session: Session) -> None:
    partitions.ensure(session, now=LATER)
    dropped = partitions.drop_expired(session, now=LATER + timedelta(days=5), keep_days=3)
    assert {"check_results_p20310329", "check_failures_p20310331"} <= set(dropped)
    assert "check_results_p20310401" not in dropped
    assert partitions.drop_expired(session, now=LATER + timedelta(days=5), keep_days=3) == []


def test_hours_are_dropped_after_35_days_however_long_checks_are_kept(session: Session) -> None:
    partitions.ensure(session, now=LATER)
    for age, keep_days in ((35, 1), (36, 90)):
        now = datetime(2031, 4, 1, tzinfo=UTC) + timedelta(days=age)
        dropped = partitions.drop_expired(session, now=now, keep_days=keep_days)
        assert ("monitor_hours_p20310401" in dropped) == (age > HOURS_KEPT)
        assert ("check_results_p20310401" in dropped) == (keep_days < age)


def test_the_first_day_of_checks_is_known(session: Session) -> None:
    first = partitions.first_day(session)
    assert first is not None
    before = first - timedelta(days=1)
    # A day that was restored from the archive is not one of them.
    partitions.make(session, ["check_results"], [before, date(2001, 2, 4)])
    assert partitions.first_day(session) == before
