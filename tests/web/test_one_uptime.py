"""One uptime everywhere: list, detail, report, API, analysis and export show the same to three decimals."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from models import Monitor, Organization
from server.resources import Transactions
from tests.factories import exports
from tests.web import past
from tests.web.reader import Reader, Seen
from web import formats

CHANGES = [
    ("Europe/Berlin", datetime(2026, 4, 10, 9, 30, tzinfo=UTC), date(2026, 3, 29)),
    ("Europe/Berlin", datetime(2026, 11, 20, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
    ("America/New_York", datetime(2026, 4, 1, 3, tzinfo=UTC), date(2026, 3, 8)),
    ("America/New_York", datetime(2026, 11, 20, 5, 0, 1, tzinfo=UTC), date(2026, 11, 1)),
]
"""Zones, some time after their clocks changed, and the day on which they did."""
CONDITIONS = ("up", "down", "unknown", "maintenance")
MONITORS = 5


@dataclass(frozen=True, slots=True)
class Span:
    """A time that a reader asks for, in unix seconds."""

    start: datetime
    end: datetime

    @property
    def query(self) -> dict[str, str]:
        return {"from": self.start.isoformat(), "to": self.end.isoformat()}


@dataclass(frozen=True, slots=True)
class Figures:
    """What the API says of one monitor, by which everything else is judged."""

    seconds: Mapping[str, float]
    percent: float | None

    @property
    def rounded(self) -> tuple[float | None, ...]:
        return rounded(self.percent, *self.seconds.values())

    @property
    def shown(self) -> str:
        """Return the percentage as pages show it: rounded down to two decimals."""
        if self.percent is None:
            return formats.percent(None)
        return f"{math.floor(self.percent * 100 + 1e-7) / 100:.2f} %"


def rounded(*figures: float | None) -> tuple[float | None, ...]:
    return tuple(None if each is None else round(each, 3) for each in figures)


def figures_of(found: Mapping[str, Any], percent: str) -> Figures:
    return Figures({name: found[f"{name}_seconds"] for name in CONDITIONS}, found[percent])


class Surfaces:
    """Everywhere that a reader sees an uptime."""

    def __init__(self, reader: Reader, transaction: Transactions) -> None:
        self._reader, self._transaction = reader, transaction

    def api(self, monitor: Monitor, span: Span) -> Figures:
        found = self._reader.api.read(f"monitors/{monitor.public_id}/uptime", **span.query)
        return figures_of(found, "percent")

    def analysis(self, monitor: Monitor, span: Span) -> Figures:
        found = self._reader.api.read(f"monitors/{monitor.public_id}/analysis", **span.query)
        return figures_of(found["current"], "availability_percent")

    def all_together(self, span: Span) -> tuple[Figures, Mapping[str, Figures]]:
        """Return the figures of the organization, and those of the monitors that were down."""
        found = self._reader.api.read("analysis", worst=20, **span.query)
        worst = {
            each["monitor"]["id"]: figures_of(each, "availability_percent")
            for each in found["worst"]
        }
        return figures_of(found["current"], "availability_percent"), worst

    def export(self, span: Span) -> Mapping[str, Figures]:
        """Return the sums of the exported days of each monitor."""
        made = exports.made(self._reader.api, self._transaction, document="daily", **span.query)
        sums: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(CONDITIONS, 0.0))
        for row in exports.rows_of(exports.opened(self._reader.api, made)):
            for name in CONDITIONS:
                sums[row["monitor_id"]][name] += row[f"{name}_seconds"]
        return {key: Figures(each, _percent(each)) for key, each in sums.items()}

    def list(self) -> Mapping[str, str]:
        rows = self._reader.get("/monitors").select("#monitors tr")
        return {
            str(row.select("td:nth-last-child(6) a")[0]["href"]): _text(
                row.select("td:nth-last-child(3)")[0]
            )
            for row in rows
        }

    def detail(self, monitor: Monitor, day: date) -> Seen:
        """Open the page of a monitor, for one local day."""
        only = {"range": "custom", "from": day.isoformat(), "to": day.isoformat()}
        return self._reader.get(f"/monitors/{monitor.public_id}", **only)

    def report(self, day: date, path: str = "/reports") -> Seen:
        following = day + timedelta(days=1)
        return self._reader.get(path, **{"from": f"{day}T00:00", "to": f"{following}T00:00"})


@pytest.mark.parametrize(("zone", "now", "changed"), CHANGES)
def test_every_way_shows_one_uptime(  # noqa: PLR0913, PLR0917 - fixtures
    app: Flask,
    connection: Connection,
    session: Session,
    transaction: Transactions,
    zone: str,
    now: datetime,
    changed: date,
) -> None:
    past.set_clock(connection, now)
    ada = Reader(app).register()
    ada.post("/preferences", zone=zone)
    random = Random(f"{zone} {now}")
    organization_id = session.scalars(select(Organization.id)).one()
    watched = [past.monitor(session, organization_id, random, f"m{n}") for n in range(MONITORS)]
    session.commit()
    surfaces = Surfaces(ada, transaction)
    day = Span(*(_midnight(each, zone) for each in (changed, changed + timedelta(days=1))))
    first = now.astimezone(ZoneInfo(zone)).date() - timedelta(days=89)
    bars = Span(_midnight(first, zone), now)

    of_day = {str(each.public_id): surfaces.api(each, day) for each in watched}
    of_bars = {str(each.public_id): surfaces.api(each, bars) for each in watched}
    assert len({each.percent for each in of_bars.values()}) > MONITORS / 2
    for span, expected in ((day, of_day), (bars, of_bars)):
        total, worst = surfaces.all_together(span)
        assert total.rounded == _together(expected.values()).rounded
        assert {key: each.rounded for key, each in worst.items()} == {
            key: each.rounded for key, each in expected.items() if each.seconds["down"]
        }
    exported = surfaces.export(day)
    assert {key: each.rounded for key, each in exported.items()} == {
        key: each.rounded for key, each in of_day.items() if sum(each.seconds.values())
    }

    listed = surfaces.list()
    assert listed == {f"/monitors/{key}": each.shown for key, each in of_bars.items()}
    for each in watched:
        key = str(each.public_id)
        assert surfaces.analysis(each, bars).rounded == of_bars[key].rounded
        _is_shown(app, surfaces.detail(each, changed), of_day, of_bars, each, changed)
    report = surfaces.report(changed)
    assert _figure(report, "Uptime") == _together(of_day.values()).shown
    for row in report.select("tr[id^=worst-]"):
        monitor_id = str(row["id"]).removeprefix("worst-")
        assert _text(row.select("td.num")[0]) == of_day[monitor_id].shown
    for each in watched:
        alone = surfaces.report(changed, f"/reports/monitors/{each.public_id}")
        assert _figure(alone, "Uptime") == of_day[str(each.public_id)].shown


def _is_shown(
    app: Flask,
    seen: Seen,
    of_day: Mapping[str, Figures],
    of_bars: Mapping[str, Figures],
    monitor: Monitor,
    changed: date,
) -> None:
    """Compare the page of a monitor with the API: the chosen day, its bar and all bars together."""
    key = str(monitor.public_id)
    expected = of_day[key]
    assert _figure(seen, "Uptime, 90 days") == of_bars[key].shown
    assert _figure(seen, "to ") == expected.shown
    with app.test_request_context():
        lasted = {name: formats.lasting(each) for name, each in expected.seconds.items()}
    facts = {
        _text(each.select("dt")[0]).lower(): _text(each.select("dd")[0])
        for each in seen.select("#time .defs div")
    }
    assert {name: facts[name] for name in CONDITIONS} == lasted
    (bar,) = seen.select(f'.days a[href$="day={changed}"]')
    for name in set(CONDITIONS) - {"up"}:
        assert (f"{name} {lasted[name]}" in str(bar["aria-label"])) == bool(expected.seconds[name])


def _together(parts: Any) -> Figures:  # noqa: ANN401 - figures in any collection
    several = list(parts)
    sums = {name: sum(each.seconds[name] for each in several) for name in CONDITIONS}
    return Figures(sums, _percent(sums))


def _percent(seconds: Mapping[str, float]) -> float | None:
    known = seconds["up"] + seconds["down"]
    return 100 * seconds["up"] / known if known else None


def _figure(seen: Seen, label: str) -> str:
    """Return the figure whose label ends so, or else begins so."""
    found = [
        _text(each.select("dd b")[0])
        for each in seen.select(".fig")
        if label in _text(each.select("dt")[0])
    ]
    return found[0]


def _text(element: Any) -> str:  # noqa: ANN401 - one of bs4
    return " ".join(element.get_text(" ").split())


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
