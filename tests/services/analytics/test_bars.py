"""Bars of days: exact in any zone, on days of a changing clock too, and the same as any other figure."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from domain.analytics.uptime import Uptime
from domain.evaluation.state import Severity
from models import BlindSpan, Monitor
from services.analytics import bars, monitor_report, organization_report, uptime
from services.analytics.bars import DayBar
from services.exports import daily
from services.exports.sources import Scope
from services.time_range import Window
from tests.factories import monitors as make
from tests.services import planned
from tests.services.watched import watch

DAYS = 45
# Shortly after the clocks changed, each with the zone in which they did and how long that day was.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 4, 10, 9, 30, tzinfo=UTC), date(2026, 3, 29), 23),
    ("Europe/Berlin", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), date(2026, 10, 25), 25),
    ("America/New_York", datetime(2026, 4, 1, 3, tzinfo=UTC), date(2026, 3, 8), 23),
    ("America/New_York", datetime(2026, 11, 20, 5, 0, 1, tzinfo=UTC), date(2026, 11, 1), 25),
    ("Australia/Lord_Howe", datetime(2026, 4, 20, tzinfo=UTC), date(2026, 4, 5), 24.5),
    ("Australia/Lord_Howe", datetime(2026, 11, 10, 12, tzinfo=UTC), date(2026, 10, 4), 23.5),
    ("UTC", datetime(2026, 11, 10, tzinfo=UTC), date(2026, 11, 1), 24),
]
each_change = pytest.mark.parametrize(("zone", "now", "changed", "hours"), CHANGES)


def happened(session: Session, random: Random, now: datetime) -> Monitor:
    """Make a monitor with outages, degraded and unknown times and maintenance, drawn at random."""
    begin = now - timedelta(days=random.randint(20, 60))
    monitor = watch(session, from_slot=int(begin.timestamp()) + 7)
    moments = sorted(random.uniform(0, (now - begin).total_seconds()) for _ in range(24))
    for number in range(0, len(moments), 2):
        started, ended = (
            begin + timedelta(seconds=int(each)) for each in moments[number : number + 2]
        )
        match random.choice(["down", "down", "degraded", "unknown", "maintenance"]):
            case "unknown":
                low, high = int(started.timestamp()), int(ended.timestamp())
                session.add(
                    BlindSpan(
                        monitor_id=monitor.id,
                        organization_id=monitor.organization_id,
                        from_slot=low,
                        until_slot=high + 1,
                    )
                )
            case "maintenance":
                start = (started - planned.T).total_seconds() / 60
                minutes = min((ended - started).total_seconds() / 60, 12 * 60) + 1
                planned.plan(session, monitor, start=start, minutes=minutes, now=start - 5)
            case severity:
                incident = make.incident(session, monitor, started_at=started, ended_at=ended)
                incident.severity = Severity(severity)
    session.flush()
    return monitor


def of(session: Session, monitor: Monitor, zone: str, now: datetime) -> list[DayBar]:
    found = bars.of_monitors(
        session, monitor.organization_id, [monitor], zone=ZoneInfo(zone), now=now, days=DAYS
    )
    return found[monitor.id]


def seconds(found: Uptime) -> tuple[float, ...]:
    """To three decimals, which is more than anybody is shown."""
    parts = (found.up, found.down, found.unknown, found.maintenance)
    return tuple(round(each, 3) for each in parts)


@each_change
def test_the_days_add_up_to_the_uptime_and_every_way_shows_the_same(
    session: Session, zone: str, now: datetime, changed: date, hours: float
) -> None:
    del changed, hours
    monitor = happened(session, Random(f"{zone} {now}"), now)
    found = of(session, monitor, zone, now)
    asked = bars.window(zone=ZoneInfo(zone), now=now, days=DAYS)
    whole = uptime.of_monitor(session, monitor, asked, now=now)
    assert seconds(bars.total(found)) == seconds(whole)
    assert whole.percent is not None
    percent = round(whole.percent, 3)
    shown = bars.total(found).percent
    assert shown is not None
    assert round(shown, 3) == percent
    report = monitor_report.of_monitor(session, monitor, asked, threshold_ms=None, now=now)
    every = organization_report.of_organization(
        session, monitor.organization_id, asked, worst=1, now=now
    )
    for reliability in (report.current.reliability, every.current.reliability):
        assert seconds(reliability.uptime) == seconds(whole)
        assert reliability.availability is not None
        assert round(reliability.availability, 3) == percent
    exported = export(session, monitor, asked, now)
    assert exported == pytest.approx(seconds(whole), abs=0.1)


def export(session: Session, monitor: Monitor, asked: Window, now: datetime) -> tuple[float, ...]:
    scope = Scope(organization_id=monitor.organization_id, window=asked, monitor_ids=None)
    sums = [0.0] * 4
    page = daily.page(session, scope, None, now=now)
    while True:
        for row in page.rows:
            for number, word in enumerate(("up", "down", "unknown", "maintenance")):
                sums[number] += float(str(row[f"{word}_seconds"]))
        if page.after is None:
            return tuple(sums)
        page = daily.page(session, scope, page.after, now=now)


@each_change
def test_a_day_is_as_long_as_its_clock_says(
    session: Session, zone: str, now: datetime, changed: date, hours: float
) -> None:
    monitor = watch(session, from_slot=int((now - timedelta(days=60)).timestamp()))
    found = of(session, monitor, zone, now)
    assert [each.day for each in found] == [
        now.astimezone(ZoneInfo(zone)).date() - timedelta(days=age)
        for age in range(DAYS - 1, -1, -1)
    ]
    lengths = {each.day: each.uptime.monitored / 3600 for each in found[:-1]}
    assert lengths.pop(changed) == hours
    others = set(lengths.values())
    assert others <= {24.0}
    today = datetime.combine(found[-1].day, datetime.min.time(), ZoneInfo(zone))
    assert found[-1].uptime.monitored == now.timestamp() - today.timestamp()


def test_degraded_seconds_are_told_apart_and_stay_up(session: Session) -> None:
    now = datetime(2026, 11, 10, 12, tzinfo=UTC)
    monitor = watch(session, from_slot=int((now - timedelta(days=60)).timestamp()))
    slow = make.incident(
        session, monitor, started_at=now - timedelta(hours=2), ended_at=now - timedelta(hours=1)
    )
    slow.severity = Severity.DEGRADED
    session.flush()
    today = of(session, monitor, "UTC", now)[-1]
    assert (today.degraded, today.uptime.up, today.uptime.down) == (3600, 12 * 3600, 0)


def test_a_day_before_the_monitor_has_no_second(session: Session) -> None:
    now = datetime(2026, 11, 10, 12, tzinfo=UTC)
    monitor = watch(session, from_slot=int((now - timedelta(days=3)).timestamp()))
    found = of(session, monitor, "UTC", now)
    assert [each.uptime.monitored > 0 for each in found] == [False] * (DAYS - 4) + [True] * 4
    assert found[0].uptime.percent is None


def test_the_number_of_queries_does_not_grow_and_none_reads_checks(
    session: Session, connection: Connection
) -> None:
    now = datetime(2026, 11, 10, 12, tzinfo=UTC)
    monitors = [watch(session, from_slot=int(now.timestamp()) - 7 * 86_400) for _ in range(8)]
    counts = []
    for some in (monitors[:1], monitors):
        seen: list[str] = []

        def note(_: object, __: object, sql: str, *___: object, seen: list[str] = seen) -> None:
            seen.append(sql)

        event.listen(connection, "before_cursor_execute", note)
        bars.of_monitors(session, monitors[0].organization_id, some, zone=ZoneInfo("UTC"), now=now)
        event.remove(connection, "before_cursor_execute", note)
        counts.append(len(seen))
        assert not any("check_results" in each for each in seen)
    assert counts[0] == counts[1] <= 7
