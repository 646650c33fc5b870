"""Uptime, latency and the log of checks: right numbers, from few rows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event, update
from sqlalchemy.orm import Session

from domain.analytics.uptime import Uptime
from domain.evaluation.outcome import Outcome
from models import Monitor, Schedule
from services import pagination
from services.analytics import check_log, latency, uptime
from services.analytics.check_log import CheckFilter
from services.errors import Invalid
from services.monitors import monitors
from services.pagination import PageRequest
from services.schedules import regions
from services.schedules.schedules import AHEAD
from services.time_range import Window, window
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.explained import explained, without

# Today, so that the day partitions are there; on the minute, so that slots are easy to read.
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
T = int(NOW.timestamp()) - 3600


@pytest.fixture
def monitor(session: Session) -> Monitor:
    """Make a monitor that has been watched each minute for an hour, from `T` on."""
    monitor = make.monitor(session, organization(session).id, now=make.at(T - 1))
    session.execute(update(Schedule).values(from_slot=T, phase=T % 60))
    return monitor


def measured(session: Session, monitor: Monitor, start: int, end: int) -> Uptime:
    asked = Window(make.at(start), make.at(end))
    return uptime.of_monitor(session, monitor, asked, now=NOW)


def seconds(found: Uptime) -> tuple[float, float, float]:
    return found.up, found.down, found.unknown


def test_an_outage_that_lasts_counts_until_now(session: Session, monitor: Monitor) -> None:
    make.incident(session, monitor, started_at=make.at(T + 3000))
    assert seconds(measured(session, monitor, T, T + 7200)) == (3000, 600, 0)


def test_an_outage_counts_only_inside_of_the_window(session: Session, monitor: Monitor) -> None:
    make.incident(session, monitor, started_at=make.at(T + 600), ended_at=make.at(T + 1200))
    assert seconds(measured(session, monitor, T + 900, T + 1500)) == (300, 300, 0)


def test_an_unknown_check_is_unknown_until_the_next_one(session: Session, monitor: Monitor) -> None:
    make.check(session, monitor, T, Outcome.UNKNOWN)
    make.check(session, monitor, T + 20)  # Somebody asked for this one.
    make.check(session, monitor, T + 60)
    assert seconds(measured(session, monitor, T, T + 120)) == (100, 0, 20)


def test_an_unknown_check_without_a_next_one_is_unknown_until_that_is_due(
    session: Session, monitor: Monitor
) -> None:
    make.check(session, monitor, T + 60, Outcome.UNKNOWN)
    assert seconds(measured(session, monitor, T, T + 240)) == (180, 0, 60)


def test_an_unknown_check_before_the_window_reaches_into_it(
    session: Session, monitor: Monitor
) -> None:
    make.check(session, monitor, T, Outcome.UNKNOWN)
    make.check(session, monitor, T + 60)
    assert seconds(measured(session, monitor, T + 30, T + 90)) == (30, 0, 30)


def test_invariant_5_our_own_downtime_is_neither_up_nor_down(
    session: Session, monitor: Monitor
) -> None:
    make.incident(session, monitor, started_at=make.at(T), ended_at=make.at(T + 120))
    make.check(session, monitor, T + 60, Outcome.UNKNOWN)
    make.check(session, monitor, T + 120)
    found = measured(session, monitor, T, T + 240)
    assert seconds(found) == (120, 60, 60)
    assert found.percent == pytest.approx(100 * 120 / 180)


def test_invariant_5_a_failure_that_was_not_confirmed_does_not_count(
    session: Session, monitor: Monitor
) -> None:
    make.check(session, monitor, T, Outcome.DOWN)
    make.check(session, monitor, T + 60)
    assert measured(session, monitor, T, T + 120).percent == 100


def test_paused_time_is_not_monitored(session: Session, monitor: Monitor) -> None:
    organization_id, public_id = monitor.organization_id, monitor.public_id
    for minute, paused in ((10, True), (20, False)):
        # Where its next stretch begins, or ends.
        at = make.at(T + 60 * minute - 1 - (0 if paused else AHEAD))
        monitors.change(session, organization_id, public_id, {"paused": paused}, now=at)
    session.execute(update(Schedule).where(Schedule.from_slot > T).values(phase=T % 60))
    assert measured(session, monitor, T, T + 1800).monitored == 1200


def test_time_counts_from_the_first_slot_of_a_stretch(session: Session, monitor: Monitor) -> None:
    session.execute(update(Schedule).values(from_slot=T + 1))
    assert measured(session, monitor, T, T + 600).monitored == 540


def test_latency_is_of_the_checks_that_passed(session: Session, monitor: Monitor) -> None:
    for number in range(1, 101):
        make.check(session, monitor, T + number, total_us=number * 1000)
    make.check(session, monitor, T + 200, Outcome.DOWN, total_us=9_000_000)
    make.check(session, monitor, T + 201, Outcome.UNKNOWN, total_us=0)
    found = latency.of_monitor(session, monitor, Window(make.at(T), make.at(T + 3600)))
    assert (found.count, found.avg, found.min, found.max) == (100, 50.5, 1.0, 100.0)
    assert (found.p50, found.p90, found.p95, found.p99) == (50.5, 90.1, 95.05, 99.01)


def test_a_window_is_by_default_the_last_day() -> None:
    asked = window(None, None, now=NOW)
    assert (asked.start, asked.end) == (NOW - timedelta(hours=24), NOW)


@pytest.mark.parametrize("days", [0, -1, 400.001])
def test_a_window_is_not_empty_and_not_endless(days: float) -> None:
    with pytest.raises(Invalid):
        window(NOW - timedelta(days=days), NOW, now=NOW)


def test_a_window_of_400_days_is_taken() -> None:
    asked = window(NOW - timedelta(days=400), NOW, now=NOW)
    assert asked.end_slot - asked.first_slot == 400 * 86_400


Ask = Callable[[Session, Monitor, Window], object]


@pytest.mark.parametrize(
    "ask",
    [
        latency.of_monitor,
        lambda session, monitor, asked: check_log.page(
            session,
            monitor,
            CheckFilter(start=asked.start, end=asked.end),
            pagination.PageRequest(limit=10),
            now=NOW,
            archived={},
        ),
    ],
    ids=["latency", "checks"],
)
def test_figures_are_read_by_key_from_the_partitions_of_the_window_only(
    session: Session, connection: Connection, monitor: Monitor, ask: Ask
) -> None:
    without(connection, "seqscan", "bitmapscan")
    monitor.created_at = NOW - timedelta(days=30)
    plans = explained(
        connection, lambda: ask(session, monitor, Window(make.at(T), NOW)), "FROM check_results"
    )
    assert plans
    tomorrow = f"{NOW + timedelta(days=1):%Y%m%d}"
    for plan in plans:
        assert f"check_results_p{make.at(T):%Y%m%d}" in plan
        assert tomorrow not in plan
        assert "monitor_id = " in plan
        assert "slot >= " in plan
        assert "Seq Scan" not in plan


def test_invariant_5_uptime_reads_no_rows_of_checks(
    session: Session, connection: Connection, monitor: Monitor
) -> None:
    statements: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", hear)
    uptime.of_monitor(session, monitor, Window(make.at(T), NOW), now=NOW)
    event.remove(connection, "before_cursor_execute", hear)
    assert any("blind_spans" in statement for statement in statements)
    assert not any("check_results" in statement for statement in statements)


def test_the_rows_of_another_monitor_do_not_count(session: Session, monitor: Monitor) -> None:
    other = make.monitor(session, monitor.organization_id, now=make.at(T - 1))
    make.check(session, other, T, Outcome.UNKNOWN)
    make.incident(session, other, started_at=make.at(T))
    assert measured(session, monitor, T, T + 600).percent == 100


def test_the_log_can_be_that_of_one_region(session: Session, monitor: Monitor) -> None:
    other = regions.register(session, "moon", now=NOW)
    make.check(session, monitor, T)
    make.check(session, monitor, T + 60).region_id = other
    session.flush()
    found = [
        [
            check.region
            for check in check_log.page(
                session, monitor, wanted, PageRequest(), now=NOW, archived={}
            ).items
        ]
        for wanted in (CheckFilter(region="moon"), CheckFilter(region="nowhere"))
    ]
    assert found == [["moon"], []]
