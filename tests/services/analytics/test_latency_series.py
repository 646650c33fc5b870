"""Series and sparklines are what the checks of each hour and day say, rolled up or not."""

from random import Random

import numpy as np
import pytest
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, HOUR, Step, month_of, next_month
from domain.evaluation.outcome import Outcome
from models import Monitor
from services.analytics import latency_series
from services.analytics.latency_series import Phases, Point
from services.errors import Invalid
from services.rollups import writing
from services.schedules import regions
from services.time_range import Window
from tests.services.rollups.rolled import DAY_ONE, PASSED, check, draw, set_until, store
from tests.services.watched import at, watch

NOW = DAY_ONE + 2 * DAY + 5 * HOUR + 1000


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return watch(session, from_slot=DAY_ONE)


@pytest.fixture
def checks(session: Session, monitor: Monitor) -> list[dict[str, object]]:
    """Two days and a part of a third one, of which the last full hour is not rolled up yet."""
    checks = draw(Random(5), monitor, low=DAY_ONE, high=NOW, step=300)
    store(session, checks)
    until = DAY_ONE + 2 * DAY + 4 * HOUR
    writing.hours(session, [monitor.id], low=DAY_ONE, high=until)
    for begin in (DAY_ONE, DAY_ONE + DAY):
        writing.day(session, [monitor.id], begin=begin)
    set_until(session, until)
    return checks


def agrees(point: Point, checks: list[dict[str, object]], step: int) -> None:
    begin = point.start.timestamp()
    inside = [each for each in checks if begin <= float(str(each["slot"])) < begin + step]
    took = [float(str(each["total_us"])) / 1000 for each in inside if each["outcome"] in PASSED]
    assert point.count == len(took)
    assert point.failed == sum(each["outcome"] is Outcome.DOWN for each in inside)
    assert point.unknown == sum(each["outcome"] is Outcome.UNKNOWN for each in inside)
    exact = np.quantile(np.array(took), [0.5, 0.95, 0.99])
    assert [point.p50, point.p95, point.p99] == pytest.approx(exact, rel=0.01, abs=0.001)
    assert point.avg == pytest.approx(np.mean(took), abs=0.001)
    assert point.phases == Phases(dns=1, connect=2, tls=3, first_byte=4)


def test_a_short_window_is_by_hour_until_now(
    session: Session, monitor: Monitor, checks: list[dict[str, object]]
) -> None:
    asked = Window(at(DAY_ONE + DAY + 7), at(NOW + HOUR))
    found = latency_series.of_monitor(session, monitor, asked, now=at(NOW))
    assert found.step is Step.HOUR
    starts = [int(each.start.timestamp()) for each in found.points]
    assert starts == list(range(DAY_ONE + DAY, NOW, HOUR))
    for point in found.points:
        agrees(point, checks, HOUR)


def test_a_long_window_is_by_day_until_now(
    session: Session, monitor: Monitor, checks: list[dict[str, object]]
) -> None:
    asked = Window(at(DAY_ONE - 20 * DAY + 5), at(NOW))
    found = latency_series.of_monitor(session, monitor, asked, now=at(NOW))
    assert found.step is Step.DAY
    starts = [int(each.start.timestamp()) for each in found.points]
    assert starts == list(range(DAY_ONE - 20 * DAY, NOW, DAY))
    assert [each.count for each in found.points[:20]] == [0] * 20
    assert found.points[0].p95 is None
    for point in found.points[20:]:
        agrees(point, checks, DAY)


def test_a_window_that_begins_before_the_kept_hours_is_by_day(
    session: Session, monitor: Monitor, checks: list[dict[str, object]]
) -> None:
    set_until(session, DAY_ONE + 40 * DAY)
    asked = Window(at(DAY_ONE), at(DAY_ONE + DAY + 1))
    found = latency_series.of_monitor(session, monitor, asked, now=at(DAY_ONE + 40 * DAY))
    assert found.step is Step.DAY
    assert len(found.points) == 2
    agrees(found.points[0], checks, DAY)


def test_a_month_is_one_point_and_the_last_one_ends_now(
    session: Session, monitor: Monitor, checks: list[dict[str, object]]
) -> None:
    asked = Window(at(month_of(DAY_ONE) - 5), at(NOW))
    found = latency_series.of_monitor(session, monitor, asked, now=at(NOW), step=Step.MONTH)
    assert [each.start for each in found.points] == [
        at(month_of(month_of(DAY_ONE) - 5)),
        at(month_of(DAY_ONE)),
    ]
    assert found.points[0].count == 0
    agrees(found.points[1], checks, next_month(DAY_ONE) - month_of(DAY_ONE))


def test_a_series_of_one_region_has_only_its_checks(session: Session, monitor: Monitor) -> None:
    far = regions.register(session, "far", now=at(DAY_ONE))
    store(
        session,
        [
            check(monitor, DAY_ONE + 5, Outcome.UP, 7000),
            check(monitor, DAY_ONE + 5, Outcome.UP, 9000, region_id=far),
        ],
    )
    writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + HOUR)
    set_until(session, DAY_ONE + HOUR)
    asked = Window(at(DAY_ONE), at(DAY_ONE + HOUR))
    (point,) = latency_series.of_monitor(session, monitor, asked, now=at(NOW), region_id=far).points
    assert (point.count, point.p50) == (1, 9.0)


def test_hours_that_are_not_kept_are_refused(session: Session, monitor: Monitor) -> None:
    set_until(session, DAY_ONE + 40 * DAY)
    asked = Window(at(DAY_ONE), at(DAY_ONE + DAY))
    with pytest.raises(Invalid) as refused:
        latency_series.of_monitor(
            session, monitor, asked, now=at(DAY_ONE + 40 * DAY), step=Step.HOUR
        )
    assert "Hours are kept for 35 days" in refused.value.problems["step"][0]


def test_sparklines_have_each_of_the_last_hours(
    session: Session, monitor: Monitor, checks: list[dict[str, object]]
) -> None:
    organization_id = monitor.organization_id
    quiet = watch(session, from_slot=DAY_ONE)
    now = DAY_ONE + 2 * DAY + 4 * HOUR + 200
    found = latency_series.sparklines(session, organization_id, [monitor.id, quiet.id], now=at(now))
    assert found[quiet.id] == [None] * 24
    hours = range(DAY_ONE + DAY + 4 * HOUR, DAY_ONE + 2 * DAY + 4 * HOUR, HOUR)
    for begin, shown in zip(hours, found[monitor.id], strict=True):
        took = [
            float(str(each["total_us"])) / 1000
            for each in checks
            if begin <= float(str(each["slot"])) < begin + HOUR and each["outcome"] in PASSED
        ]
        assert shown == pytest.approx(np.quantile(np.array(took), 0.95), rel=0.01)


def test_sparklines_are_of_one_organization(session: Session, monitor: Monitor) -> None:
    stranger = watch(session, from_slot=DAY_ONE)
    store(session, [check(monitor, DAY_ONE + 5, Outcome.UP, 7000)])
    writing.hours(session, [monitor.id], low=DAY_ONE, high=DAY_ONE + HOUR)
    now = at(DAY_ONE + HOUR + 200)
    mine, theirs = (
        latency_series.sparklines(session, owner, [monitor.id], now=now, hours=2)
        for owner in (monitor.organization_id, stranger.organization_id)
    )
    assert mine[monitor.id] == [None, 7.0]
    assert theirs[monitor.id] == [None, None]
