"""Hours are what their rows of checks say, and days what their hours say, however often."""

from random import Random

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, HOUR, Rollup, merge, month_of, next_month
from domain.evaluation.outcome import Outcome
from models import Monitor, MonitorDay, MonitorHour, MonitorMonth
from services.rollups import rows, writing
from services.schedules import regions
from tests.rights import acting
from tests.services.rollups.rolled import DAY_ONE, check, draw, every_row, expected, store
from tests.services.watched import at, watch


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return watch(session, from_slot=DAY_ONE)


def hours_of(session: Session, monitor: Monitor) -> dict[int, Rollup]:
    found = rows.read(session, MonitorHour, [monitor.id], low=DAY_ONE, high=DAY_ONE + 2 * DAY)
    return {each.from_slot: each.rollup for each in found}


def test_an_hour_is_what_its_rows_say(session: Session, monitor: Monitor) -> None:
    other = watch(session, from_slot=DAY_ONE)
    checks = draw(Random(3), monitor, low=DAY_ONE, high=DAY_ONE + 3 * HOUR)
    store(session, checks + draw(Random(4), other, low=DAY_ONE, high=DAY_ONE + HOUR))
    writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + 2 * HOUR)
    assert hours_of(session, monitor) == {
        begin: expected([each for each in checks if begin <= each["slot"] < begin + HOUR])  # type: ignore[operator]
        for begin in (DAY_ONE, DAY_ONE + HOUR)
    }
    assert hours_of(session, other) == {}


def test_an_hour_without_any_check_has_no_row(session: Session, monitor: Monitor) -> None:
    store(session, [check(monitor, DAY_ONE, Outcome.UP, 5)])
    writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + 5 * HOUR)
    assert list(hours_of(session, monitor)) == [DAY_ONE]


def test_checks_that_did_not_pass_and_pings_have_no_latency(
    session: Session, monitor: Monitor
) -> None:
    checks = [
        check(monitor, DAY_ONE, Outcome.DOWN, 9),
        check(monitor, DAY_ONE + 1, Outcome.UNKNOWN, 9),
        check(monitor, DAY_ONE + 2, Outcome.UP, 0),
        check(monitor, DAY_ONE + 3, Outcome.DEGRADED, 2**31 - 1),
    ]
    store(session, checks)
    writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + HOUR)
    (found,) = hours_of(session, monitor).values()
    assert (found.up, found.degraded, found.down, found.unknown) == (1, 1, 1, 1)
    assert (found.sketch.count, found.min_us, found.max_us) == (1, 2**31 - 1, 2**31 - 1)


def test_writing_again_replaces_and_takes_away(session: Session, monitor: Monitor) -> None:
    store(session, draw(Random(5), monitor, low=DAY_ONE, high=DAY_ONE + DAY))
    for _ in range(2):
        writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + DAY)
        writing.day(session, [monitor.id], begin=DAY_ONE)
        before = every_row(session)
    assert len(before) == 25
    writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + DAY)
    assert every_row(session) == before
    session.query(MonitorHour).delete()
    writing.day(session, [monitor.id], begin=DAY_ONE)
    assert every_row(session) == []


def test_the_last_hour_of_a_day_writes_the_day_of_all_its_hours(
    session: Session, monitor: Monitor
) -> None:
    checks = draw(Random(6), monitor, low=DAY_ONE, high=DAY_ONE + DAY, step=300)
    store(session, checks)
    for begin in range(DAY_ONE, DAY_ONE + DAY, HOUR):
        assert session.scalars(select(MonitorDay)).all() == []
        writing.hour(session, [monitor.id], begin=begin)
    (day,) = rows.read(session, MonitorDay, [monitor.id], low=DAY_ONE, high=DAY_ONE + DAY)
    assert (day.from_slot, day.organization_id) == (DAY_ONE, monitor.organization_id)
    assert day.rollup == expected(checks)
    took = [each["total_us"] for each in checks if each["outcome"] in ("up", "degraded")]
    exact = np.quantile(np.array(took, dtype=float), [0.5, 0.9, 0.95, 0.99])
    assert day.rollup.percentiles([0.5, 0.9, 0.95, 0.99]) == pytest.approx(exact, rel=0.01)


def test_each_region_has_its_own_roll_up_and_together_they_are_the_monitor(
    session: Session, monitor: Monitor
) -> None:
    far = regions.register(session, "far", now=at(DAY_ONE))
    chance = Random(12)
    checks = [
        check(monitor, slot, Outcome.UP, chance.randint(1, 2_000_000), region_id=region_id)
        for slot in range(DAY_ONE, DAY_ONE + DAY, 600)
        for region_id in (1, far)
    ]
    store(session, checks)
    writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + DAY)
    writing.day(session, [monitor.id], begin=DAY_ONE)
    days = rows.read(session, MonitorDay, [monitor.id], low=DAY_ONE, high=DAY_ONE + DAY)
    assert {each.region_id: each.rollup for each in days} == {
        region_id: expected([each for each in checks if each["region_id"] == region_id])
        for region_id in (1, far)
    }
    assert merge(each.rollup for each in days) == expected(checks)


def test_the_last_hour_of_a_month_writes_the_month_of_all_its_days(
    session: Session, monitor: Monitor
) -> None:
    begin, end = month_of(DAY_ONE), next_month(DAY_ONE)
    checks = draw(Random(13), monitor, low=end - 3 * DAY, high=end, step=3000)
    store(session, checks)
    writing.hours(session, [monitor.id], low=end - 3 * DAY, high=end - HOUR)
    for day in (end - 3 * DAY, end - 2 * DAY):
        writing.day(session, [monitor.id], begin=day)
    assert session.scalars(select(MonitorMonth)).all() == []
    writing.hour(session, [monitor.id], begin=end - HOUR)
    (month,) = rows.read(session, MonitorMonth, [monitor.id], low=begin, high=end)
    assert (month.from_slot, month.rollup) == (begin, expected(checks))


def test_maintenance_has_the_rights_for_it(session: Session, monitor: Monitor) -> None:
    store(session, draw(Random(7), monitor, low=DAY_ONE, high=DAY_ONE + DAY, step=600))
    with acting(session, "downtime_housekeeping"):
        writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + DAY)
        writing.day(session, [monitor.id], begin=DAY_ONE)
    assert len(every_row(session)) == 25


def test_a_day_row_is_small(session: Session, monitor: Monitor) -> None:
    chance = Random(8)
    store(
        session,
        [
            check(monitor, slot, Outcome.UP, int(chance.lognormvariate(11.5, 0.25)))
            for slot in range(DAY_ONE, DAY_ONE + DAY, 60)
        ],
    )
    writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + DAY)
    writing.day(session, [monitor.id], begin=DAY_ONE)
    size = session.scalars(select(MonitorDay)).one()
    assert len(size.sketch) < 250
