"""Whatever is rolled up by now, the checks of any period are those of its rows."""

from random import Random

import numpy as np
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, HOUR, merge, month_of, next_month
from models import Monitor
from services.analytics import apdex, latency
from services.rollups import reading, writing
from services.time_range import Window
from tests.rights import acting
from tests.services.rollups.rolled import DAY_ONE, PASSED, draw, expected, set_until, store
from tests.services.watched import at, watch

DAYS = 3
END = DAY_ONE + DAYS * DAY


def rolled_up(
    session: Session, monitor: Monitor, random: Random, until: int
) -> list[dict[str, object]]:
    """Store checks of three days, and roll up what lies before a time."""
    checks = draw(random, monitor, low=DAY_ONE, high=END, step=300)
    store(session, checks)
    writing.hours(session, [monitor.id], low=DAY_ONE, high=until)
    for begin in range(DAY_ONE, until - DAY + 1, DAY):
        writing.day(session, [monitor.id], begin=begin)
    set_until(session, until)
    return checks


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return watch(session, from_slot=DAY_ONE)


def window(low: int, high: int) -> Window:
    return Window(at(low), at(high))


@pytest.mark.parametrize("hours", [0, 1, 30, 72])
def test_any_window_has_the_figures_of_its_rows(
    session: Session, monitor: Monitor, hours: int
) -> None:
    random = Random(hours)
    checks = rolled_up(session, monitor, random, DAY_ONE + hours * HOUR)
    windows = 0
    for _ in range(12):
        low, high = sorted(random.randint(DAY_ONE, END) for _ in range(2))
        inside = [each for each in checks if low <= each["slot"] < high]  # type: ignore[operator]
        found = reading.of_monitor(session, monitor, window(low, high))
        if found is not None:
            windows += 1
            assert found == expected(inside)
        took = [int(str(each["total_us"])) / 1000 for each in inside if each["outcome"] in PASSED]
        measured = latency.of_monitor(session, monitor, window(low, high))
        assert (measured.count, measured.max) == (len(took), max(took))
        exact = np.quantile(np.array(took), [0.5, 0.9, 0.95, 0.99])
        shown = [measured.p50, measured.p90, measured.p95, measured.p99]
        assert shown == pytest.approx(exact, rel=measured.relative_error, abs=0.001)
        assert measured.avg == pytest.approx(np.mean(took), abs=0.001)
    assert windows >= 2 or hours < 30


def test_a_whole_month_is_read_from_one_row(session: Session, monitor: Monitor) -> None:
    begin, end = month_of(DAY_ONE), next_month(DAY_ONE)
    checks = draw(Random(8), monitor, low=begin - DAY, high=end + 3 * HOUR, step=7200)
    store(session, checks)
    writing.hours(session, [monitor.id], low=begin - DAY, high=end + 3 * HOUR)
    for day in range(begin - DAY, end, DAY):
        writing.day(session, [monitor.id], begin=day)
    writing.month(session, [monitor.id], begin=begin)
    set_until(session, end + 3 * HOUR)
    found = reading.parts(session, monitor, begin - DAY, end + 3 * HOUR)
    assert found is not None
    assert [each.from_slot for each in found][:2] == [begin, begin - DAY]
    assert merge(each.rollup for each in found) == expected(checks)


def test_apdex_counts_from_roll_ups_what_it_counts_from_rows(
    session: Session, monitor: Monitor
) -> None:
    asked = window(DAY_ONE + 100, DAY_ONE + DAY)
    rolled_up(session, monitor, Random(9), DAY_ONE + DAY)
    rollup = reading.of_monitor(session, monitor, asked)
    assert rollup is not None
    from_rollup = apdex.of(session, monitor, asked, rollup, threshold_ms=400)
    from_rows = apdex.of(session, monitor, asked, None, threshold_ms=400)
    assert from_rollup is not None
    assert from_rows is not None
    total = from_rows.satisfied + from_rows.tolerating + from_rows.frustrated
    assert from_rollup.satisfied + from_rollup.tolerating + from_rollup.frustrated == total
    # Latencies are spread evenly over two seconds, so few are within one percent of a limit.
    assert from_rollup.score == pytest.approx(from_rows.score, abs=0.02)


def test_another_monitor_does_not_count(session: Session, monitor: Monitor) -> None:
    other = watch(session, from_slot=DAY_ONE)
    rolled_up(session, other, Random(1), DAY_ONE + DAY)
    found = reading.of_monitor(session, monitor, window(DAY_ONE, END))
    assert found == expected([])
    assert latency.of_monitor(session, monitor, window(DAY_ONE, END)).count == 0


@pytest.mark.parametrize("role", ["downtime_exports", "downtime_housekeeping"])
def test_workers_may_read_them(session: Session, monitor: Monitor, role: str) -> None:
    checks = rolled_up(session, monitor, Random(2), DAY_ONE + 30 * HOUR)
    with acting(session, role):
        found = reading.of_monitor(session, monitor, window(DAY_ONE, END))
    assert found == expected(checks)


def test_a_long_window_takes_few_statements(
    session: Session, connection: Connection, monitor: Monitor
) -> None:
    rolled_up(session, monitor, Random(3), END)
    seen: list[str] = []

    def note(_: object, __: object, sql: str, *___: object) -> None:
        seen.append(sql)

    event.listen(connection, "before_cursor_execute", note)
    reading.of_monitor(session, monitor, window(DAY_ONE + 5, END - 5))
    event.remove(connection, "before_cursor_execute", note)
    assert len(seen) <= 6
