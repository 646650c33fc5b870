"""Analyses from real rows, checked against numpy, and in few queries."""

from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from sqlalchemy import Connection, event, update
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import Monitor, Schedule
from services.analytics import monitor_report, organization_report, uptime
from services.analytics.fleet import reading
from services.analytics.monitor_report import MonitorAnalysis
from services.analytics.organization_report import OrganizationAnalysis
from services.errors import Invalid
from services.time_range import Window
from tests.factories import monitors as make
from tests.factories.organizations import organization

# Today, so that the day partitions are there; on the minute, so that slots are easy to read.
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
T = int(NOW.timestamp()) - 3600
HOUR = Window(make.at(T), NOW)


@pytest.fixture
def organization_id(session: Session) -> int:
    return organization(session).id


def watched(session: Session, organization_id: int, **values: object) -> Monitor:
    """Make a monitor that has been watched each minute for two hours."""
    begin = T - 3600
    monitor = make.monitor(session, organization_id, now=make.at(begin - 1), **values)
    session.execute(
        update(Schedule)
        .where(Schedule.monitor_id == monitor.id)
        .values(from_slot=begin, phase=begin % 60)
    )
    return monitor


def analysed(session: Session, monitor: Monitor, threshold: int | None = None) -> MonitorAnalysis:
    return monitor_report.of_monitor(session, monitor, HOUR, threshold_ms=threshold, now=NOW)


def summed_up(session: Session, organization_id: int, worst: int = 10) -> OrganizationAnalysis:
    return organization_report.of_organization(session, organization_id, HOUR, worst=worst, now=NOW)


def test_percentiles_and_apdex_are_what_numpy_makes_of_the_rows(
    session: Session, organization_id: int
) -> None:
    monitor = watched(session, organization_id, latency_threshold_ms=400)
    chance = Random(7)
    took, passed = [], []
    for second in range(200):
        outcome = chance.choice([Outcome.UP, Outcome.UP, Outcome.DEGRADED, Outcome.DOWN])
        microseconds = chance.randint(1, 3_000_000)
        make.check(session, monitor, T + second, outcome, total_us=microseconds)
        took.append(microseconds / 1000)
        passed.append(outcome is not Outcome.DOWN)
    make.check(session, monitor, T + 500, Outcome.UNKNOWN, total_us=0)
    found = analysed(session, monitor).current
    answered = np.array(took)[passed]
    expected = [*np.percentile(answered, [50, 90, 95, 99]), answered.mean()]
    latency = found.latency
    shown = [latency.p50, latency.p90, latency.p95, latency.p99, latency.avg]
    assert shown == pytest.approx(expected, abs=0.001)
    worth = np.select([np.array(took) <= 400, np.array(took) <= 1600], [1, 0.5], 0) * passed
    assert found.apdex is not None
    assert found.apdex.score == pytest.approx(worth.mean())


def test_the_threshold_of_apdex_is_the_one_asked_for_or_the_monitors_or_the_usual_one(
    session: Session, organization_id: int
) -> None:
    plain = watched(session, organization_id)
    strict = watched(session, organization_id, latency_threshold_ms=100)
    thresholds = []
    for monitor, asked in ((strict, 250), (strict, None), (plain, None)):
        apdex = analysed(session, monitor, asked).current.apdex
        assert apdex is not None
        thresholds.append(apdex.threshold_ms)
    assert thresholds == [250, 100, 500]


def test_nobody_waits_for_a_heartbeat(session: Session, organization_id: int) -> None:
    settings = {"period_seconds": 3600, "grace_seconds": 60}
    monitor = make.monitor(
        session, organization_id, now=NOW, kind="heartbeat", url="", settings=settings
    )
    assert analysed(session, monitor).current.apdex is None


def test_the_hour_is_compared_with_the_one_before(session: Session, organization_id: int) -> None:
    monitor = watched(session, organization_id)
    for begin, minutes in ((T - 1800, 10), (T + 600, 3), (T + 1800, 9)):
        make.incident(
            session,
            monitor,
            started_at=make.at(begin),
            ended_at=make.at(begin + 60 * minutes),
        )
    found = analysed(session, monitor)
    assert found.previous.window == Window(make.at(T - 3600), make.at(T))
    now, then = found.current.reliability, found.previous.reliability
    assert (now.uptime.down, then.uptime.down) == (720, 600)
    assert now.availability == 80
    assert then.availability == pytest.approx(100 * 50 / 60)
    assert (now.mttr, now.mtbf, now.longest_outage) == (360, 1440, 540)
    assert (found.change.down, found.change.incidents, found.change.mttr) == (120, 1, -240)
    assert found.change.availability == pytest.approx(80 - 100 * 50 / 60)
    assert (found.change.p95, found.change.apdex) == (None, None)


def test_the_figures_are_those_of_the_one_uptime_function(
    session: Session, organization_id: int
) -> None:
    monitor = watched(session, organization_id)
    make.incident(session, monitor, started_at=make.at(T + 60), ended_at=make.at(T + 300))
    make.check(session, monitor, T + 120, Outcome.UNKNOWN)
    make.check(session, monitor, T + 180)
    found = analysed(session, monitor).current.reliability
    assert found.uptime == uptime.of_monitor(session, monitor, HOUR, now=NOW)
    assert found.coverage == pytest.approx(3540 / 3600)


def test_what_lies_ahead_is_no_part_of_the_period(session: Session, organization_id: int) -> None:
    monitor = watched(session, organization_id)
    asked = Window(make.at(T), NOW + timedelta(hours=5))
    found = monitor_report.of_monitor(session, monitor, asked, threshold_ms=None, now=NOW)
    assert found.current.window == HOUR
    with pytest.raises(Invalid):
        monitor_report.periods(Window(NOW, NOW + timedelta(hours=1)), now=NOW)


def test_an_organization_is_the_sum_of_its_monitors(session: Session, organization_id: int) -> None:
    shop, blog, _fine = (
        watched(session, organization_id, name=name) for name in ("Shop", "Blog", "Fine")
    )
    make.incident(session, shop, started_at=make.at(T), ended_at=make.at(T + 360))
    make.incident(session, blog, started_at=make.at(T), ended_at=make.at(T + 720))
    stranger = watched(session, organization(session).id)
    make.incident(session, stranger, started_at=make.at(T))
    found = summed_up(session, organization_id)
    assert found.monitors == 3
    assert found.current.reliability.availability == pytest.approx(100 * (10_800 - 1080) / 10_800)
    assert (found.current.reliability.incidents, found.current.reliability.mttr) == (2, 540)
    assert found.change.incidents == 2
    assert [each.monitor.name for each in found.worst] == ["Blog", "Shop"]
    assert [each.monitor.name for each in summed_up(session, organization_id, 1).worst] == ["Blog"]


def test_the_worst_of_many_that_were_down_equally_long_are_the_first_by_name(
    session: Session, organization_id: int
) -> None:
    for name, minutes in (("d", 6), ("b", 6), ("Z", 6), ("é", 6), ("a", 7), ("c", 5)):
        monitor = watched(session, organization_id, name=name)
        make.incident(session, monitor, started_at=make.at(T), ended_at=make.at(T + 60 * minutes))
    for most, names in ((0, []), (1, ["a"]), (4, ["a", "Z", "b", "d"]), (9, [*"aZbdéc"])):
        found = summed_up(session, organization_id, most)
        assert [each.monitor.name for each in found.worst] == names


def test_an_organization_without_monitors_has_no_figures(
    session: Session, organization_id: int
) -> None:
    found = summed_up(session, organization_id)
    assert (found.monitors, found.worst) == (0, [])
    assert found.current.reliability.availability is None
    assert found.change.availability is None


def test_an_unknown_check_of_one_monitor_is_not_that_of_another(
    session: Session, organization_id: int
) -> None:
    one, other = (watched(session, organization_id) for _ in range(2))
    make.check(session, one, T, Outcome.UNKNOWN)
    make.check(session, other, T + 20)
    make.check(session, one, T + 60)
    found = uptime.histories(session, organization_id, [one, other], HOUR, now=NOW)
    assert found[one.id].unknown == [(T, T + 60)]
    assert not found[other.id].unknown


def test_the_number_of_queries_is_the_same_for_many_monitors(
    session: Session, connection: Connection, organization_id: int
) -> None:
    counts = []
    for _ in range(2):
        for _ in range(5):
            watched(session, organization_id)
        session.flush()
        seen: list[str] = []

        def note(_: object, __: object, sql: str, *___: object, seen: list[str] = seen) -> None:
            seen.append(sql)

        event.listen(connection, "before_cursor_execute", note)
        summed_up(session, organization_id)
        event.remove(connection, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_monitors_with_and_without_events_add_up_to_each_by_itself(
    session: Session, organization_id: int
) -> None:
    random = Random(11)
    monitors = [watched(session, organization_id, name=f"m{number}") for number in range(8)]
    for monitor in monitors[:5]:
        begin = T - 3600 + random.randrange(6600)
        make.incident(session, monitor, started_at=make.at(begin), ended_at=make.at(begin + 300))
    make.check(session, monitors[5], T + 60, Outcome.UNKNOWN)
    make.check(session, monitors[5], T + 240)
    monitors[6].deleted_at = NOW
    session.flush()
    found = summed_up(session, organization_id)
    present = monitors[:6] + monitors[7:]
    for period in (found.current, found.previous):
        parts = [uptime.of_monitor(session, monitor, period.window, now=NOW) for monitor in present]
        total = period.reliability.uptime
        assert total.up == sum(each.up for each in parts)
        assert total.down == sum(each.down for each in parts)
        assert total.unknown == sum(each.unknown for each in parts)
        assert total.monitored == 3600 * len(present)


def test_more_outages_than_one_request_may_read_are_refused(
    session: Session, organization_id: int
) -> None:
    monitor = watched(session, organization_id)
    for begin in (T, T + 600, T + 1200):
        make.incident(session, monitor, started_at=make.at(begin), ended_at=make.at(begin + 60))
    make.check(session, monitor, T + 60, Outcome.UNKNOWN)
    read = reading.of_organization(session, organization_id, HOUR, now=NOW, most=4)
    assert len(read.outages.owners) == 3
    with pytest.raises(Invalid) as raised:
        reading.of_organization(session, organization_id, HOUR, now=NOW, most=3)
    assert "more than 3 outages" in raised.value.problems["from"][0]


def test_many_checks_over_a_long_time_are_no_reason_to_refuse(
    session: Session, organization_id: int
) -> None:
    for _ in range(2):
        make.monitor(
            session,
            organization_id,
            now=NOW - timedelta(days=399),
            interval_seconds=10,
            timeout_seconds=5,
        )
    long = Window(NOW - timedelta(days=399), NOW)
    found = organization_report.of_organization(session, organization_id, long, worst=1, now=NOW)
    assert found.monitors == 2
    assert found.current.reliability.availability == 100
