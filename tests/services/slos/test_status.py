"""The status of SLOs against numpy, second by second or check by check of the raw rows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from domain.analytics.burn_rate import WINDOWS
from domain.analytics.rollup import DAY
from domain.analytics.slo_period import CalendarUnit
from domain.evaluation.outcome import Outcome
from models import BlindSpan, Monitor, Slo
from services.rollups import writing
from services.slos import status
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.factories.slos import slo
from tests.services.outage import NOW
from tests.services.planned import plan
from tests.services.rollups import rolled

BEGAN = NOW - timedelta(days=120)
PERIODS: list[dict[str, Any]] = [
    {"rolling_days": 1},
    {"rolling_days": 30},
    {"calendar": CalendarUnit.WEEK, "time_zone": "America/New_York"},
    {"calendar": CalendarUnit.MONTH, "time_zone": "Europe/Berlin"},
    # Clocks go back in it.
    {"calendar": CalendarUnit.QUARTER, "time_zone": "Europe/Berlin"},
]


class Raw:
    """Each second before `NOW` of some monitors, as a plain array for each."""

    def __init__(self, length: int) -> None:
        self.begin = int(NOW.timestamp()) - length
        self.length = length
        self.down: list[np.ndarray] = []
        self.unseen: list[np.ndarray] = []

    def add(self) -> None:
        self.down.append(np.zeros(self.length, bool))
        self.unseen.append(np.zeros(self.length, bool))

    def mark(self, rows: list[np.ndarray], start: int, end: int) -> None:
        rows[-1][max(start - self.begin, 0) : max(end - self.begin, 0)] = True

    def bad(self, start: float, end: float, which: Sequence[int]) -> int:
        part = slice(int(start) - self.begin, int(end) - self.begin)
        return sum(int((self.down[i] & ~self.unseen[i])[part].sum()) for i in which)

    def good(self, start: float, end: float, which: Sequence[int]) -> int:
        part = slice(int(start) - self.begin, int(end) - self.begin)
        return sum(int((~self.down[i] & ~self.unseen[i])[part].sum()) for i in which)


def happened(session: Session, owner: int, raw: Raw, random: Random, tags: list[str]) -> Monitor:
    """Watch a monitor with random outages, unknown time and maintenance, and mark them."""
    name = f"Monitor {len(raw.down)}"
    monitor = make.monitor(session, owner, now=BEGAN, name=name, tags=tags)
    raw.add()
    for _ in range(6):
        start = int(NOW.timestamp()) - random.randrange(60, 60 * DAY)
        end = min(start + random.randrange(30, 20_000), int(NOW.timestamp()))
        raw.mark(raw.down, start, end)
        make.incident(session, monitor, started_at=_at(start), ended_at=_at(end))
    blind = raw.begin + random.randrange(20 * DAY, 59 * DAY)
    session.add(
        BlindSpan(
            monitor_id=monitor.id, organization_id=owner, from_slot=blind, until_slot=blind + 9000
        )
    )
    raw.mark(raw.unseen, blind, blind + 9000)
    minutes = -random.randrange(60, 30 * 24 * 60)
    plan(session, monitor, start=minutes, minutes=50, now=minutes - 5)
    start = int(NOW.timestamp()) + 60 * minutes
    raw.mark(raw.unseen, start, start + 50 * 60)
    return monitor


def _at(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def _scopes(first: Monitor) -> list[dict[str, Any]]:
    """Return the scopes of the first monitor, of the first two, and of all three."""
    return [{"monitor_id": first.id}, {"tag": "shop"}, {}]


@pytest.mark.parametrize("seed", range(3))
def test_availability_is_what_numpy_counts_in_every_window_period_and_day(
    session: Session, seed: int
) -> None:
    owner, random, raw = organization(session).id, Random(seed), Raw(100 * DAY)
    first = happened(session, owner, raw, random, ["shop"])
    happened(session, owner, raw, random, ["shop", "other"])
    happened(session, owner, raw, random, [])
    make.monitor(session, organization(session).id, now=BEGAN)
    members: dict[int, list[int]] = {}
    slos: list[Slo] = []
    for number, values in enumerate(PERIODS):
        for last, scope in enumerate(_scopes(first)):
            name = f"{number} {scope}"
            slos.append(slo(session, organization_id=owner, name=name, **scope, **values))
            members[slos[-1].id] = list(range(last + 1))
    session.flush()
    found = status.of(session, owner, slos, now=NOW)
    for each in slos:
        which, one, now = members[each.id], found[each.id], NOW.timestamp()
        assert one.budget.used == raw.bad(one.period.start, now, which)
        whole = (one.period.end - one.period.start) * len(which)
        assert one.budget.total == pytest.approx(0.001 * whole)
        for rates in one.burn_rates:
            for window, rate in ((rates.rule.long, rates.long), (rates.rule.short, rates.short)):
                bad = raw.bad(now - window, now, which)
                assert rate == pytest.approx(bad / (0.001 * window * len(which)))
        history = status.history(session, each, one, now=NOW)
        for day in history.days:
            assert day.bad == raw.bad(*day.span, which)
            assert day.good == raw.good(*day.span, which)
            zone = ZoneInfo(each.time_zone)
            assert datetime.fromtimestamp(day.span.start, zone).date() == day.day
        assert sum(day.bad for day in history.days) == one.budget.used


@pytest.mark.parametrize("is_rolled_up", [True, False])
def test_latency_is_what_numpy_counts_of_the_checks_outside_of_maintenance(
    session: Session, *, is_rolled_up: bool
) -> None:
    owner, random = organization(session).id, Random(5)
    now = rolled.DAY_ONE + 3 * DAY + 5 * 3600 + 1234
    moment = datetime.fromtimestamp(now, UTC)
    checks, keys = [], []
    for tags in (["shop"], ["shop"], []):
        monitor = make.monitor(session, owner, now=moment - timedelta(days=5), tags=tags)
        drawn = rolled.draw(random, monitor, low=now - 3 * DAY, high=now, step=97)
        rolled.store(session, drawn)
        keys.append(monitor.id)
        if tags:
            checks += drawn
    if is_rolled_up:
        until = rolled.DAY_ONE + 3 * DAY + 4 * 3600
        writing.hours(session, keys, low=rolled.DAY_ONE, high=until)
        for number in range(3):
            writing.day(session, keys, begin=rolled.DAY_ONE + number * DAY)
        rolled.set_until(session, until)
    values: dict[str, Any] = {
        "indicator": "latency",
        "threshold_ms": 700,
        "target_percent": 90,
        "rolling_days": 2,
    }
    one = slo(session, organization_id=owner, tag="shop", **values)
    found = status.of(session, owner, [one], now=moment)[one.id]
    slots, took = (np.array([each[name] for each in checks]) for name in ("slot", "total_us"))
    passed = np.array([each["outcome"] in rolled.PASSED for each in checks])
    for rates in found.burn_rates:
        counted = passed & (slots >= now - rates.rule.long)
        bad = (counted & (took > 700_000)).sum()
        assert rates.long == pytest.approx(bad / (0.1 * counted.sum()), rel=0.05)
    counted = passed & (slots >= now - 2 * DAY)
    assert found.budget.total == pytest.approx(0.1 * counted.sum())
    # The sketch is exact to one percent of the latency: few of the checks are that close.
    near = (counted & (abs(took - 700_000) <= 7_000)).sum()
    assert abs(found.budget.used - (counted & (took > 700_000)).sum()) <= near
    history = status.history(session, one, found, now=moment)
    assert sum(day.bad for day in history.days) == found.budget.used
    assert sum(day.bad + day.good for day in history.days) == counted.sum()


def test_slow_checks_in_maintenance_do_not_count(session: Session) -> None:
    owner = organization(session).id
    monitor = make.monitor(session, owner, now=BEGAN)
    plan(session, monitor, start=0, minutes=10, now=-5)
    for minute in range(20):
        slot = int(NOW.timestamp()) + 60 * minute
        make.check(session, monitor, slot, Outcome.UP, total_us=900_000)
    one = slo(session, monitor, indicator="latency", threshold_ms=500, target_percent=90)
    now = NOW + timedelta(minutes=20)
    found = status.of(session, owner, [one], now=now)[one.id]
    assert found.budget.used == 10
    assert found.budget.total == pytest.approx(1)
    assert [day.bad for day in status.history(session, one, found, now=now).days][-1] == 10


def test_an_slo_of_nothing_has_no_budget_and_burns_nothing(session: Session) -> None:
    owner = organization(session).id
    for values in ({"tag": "none"}, {"tag": "none", "indicator": "latency", "threshold_ms": 1}):
        one = slo(session, organization_id=owner, name=str(values), **values)
        found = status.of(session, owner, [one], now=NOW)[one.id]
        assert (found.budget.total, found.budget.used_share) == (0, None)
        assert all(each.long == each.short == 0 for each in found.burn_rates)
        history = status.history(session, one, found, now=NOW)
        assert (history.percent, history.exhausted_at) == (None, None)


def test_an_slo_of_latency_may_have_any_number_of_monitors(session: Session) -> None:
    owner = organization(session).id
    one = make.monitor(session, owner, now=BEGAN)
    names = [column.key for column in Monitor.__table__.columns]
    row = {name: getattr(one, name) for name in names if name not in {"id", "public_id", "name"}}
    session.execute(insert(Monitor), [{**row, "name": str(number)} for number in range(700)])
    many = slo(session, organization_id=owner, indicator="latency", threshold_ms=500)
    day = rolled.DAY_ONE
    now = datetime.fromtimestamp(day + 2 * DAY, UTC)
    monitors = session.scalars(select(Monitor).where(Monitor.organization_id == owner)).all()
    took = [1_000 * (number % 1_000 + 1) for number in range(len(monitors))]
    checks = [
        rolled.check(monitor, day + 60 * (number % 1_000), Outcome.UP, took[number])
        for number, monitor in enumerate(monitors)
    ]
    rolled.store(session, checks)
    ids = [monitor.id for monitor in monitors]
    writing.hours(session, ids, low=day, high=day + DAY)
    writing.day(session, ids, begin=day)
    rolled.set_until(session, day + DAY)
    found = status.of(session, owner, [many], now=now)[many.id]
    slow = int((np.array(took) > 500_000).sum())
    assert abs(found.budget.used - slow) <= 0.01 * 500
    history = status.history(session, many, found, now=now)
    assert sum(each.bad for each in history.days) == found.budget.used
    assert sum(each.good + each.bad for each in history.days) == len(took)


def test_all_windows_of_the_rules_are_measured() -> None:
    assert WINDOWS == (300, 1800, 3600, 21_600, 259_200)
