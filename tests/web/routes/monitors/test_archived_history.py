"""Charts and logs of a day of last year, whose checks are only in the archive: pages and API."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from config.settings import load
from domain.analytics.rollup import DAY, HOUR
from domain.evaluation.outcome import Outcome
from models import Monitor, Schedule
from models.session import engine
from services.archive.numbers import slots_of
from services.operations import partitions
from services.rollups import writing
from tests.api.applications import Applications
from tests.factories import monitors as make
from tests.services.archive.world import ROLE, World, moment, row, store
from tests.services.rollups.rolled import set_until
from tests.web.reader import Reader

LAST_YEAR = (datetime.now(UTC) - timedelta(days=300)).date()
BEGIN, END = slots_of(LAST_YEAR)
HOURS, FAILED = 24, 3


@pytest.fixture
def ada(committed: Engine, applications: Applications, tmp_path: Path) -> Iterator[Reader]:
    """Watch a monitor for a year, and put a day of its checks into the archive."""
    world = World(committed, tmp_path)
    settings = load().model_copy(update={"archive_url": world.objects.as_uri()})
    with applications.serving(settings) as app:
        ada = Reader(app).register()
        ada.api.make_monitor()
        _fill(world)
        world.finish()
        assert world.count() == 0
        yield ada
    engine(ROLE).dispose()
    with committed.begin() as connection:
        for table in ("check_results", "check_failures"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}_p{LAST_YEAR:%Y%m%d}"))


def _fill(world: World) -> None:
    with world.owning() as session:
        partitions.make(session, partitions.CHECKS, [LAST_YEAR])
        monitor = session.scalars(select(Monitor)).one()
        monitor.created_at = moment(BEGIN - DAY)
        for schedule in session.scalars(select(Schedule)):
            schedule.from_slot = BEGIN - DAY
        outcomes = [Outcome.DOWN] * FAILED + [Outcome.UP] * (HOURS - FAILED)
        store(session, [row(monitor, BEGIN + HOUR * i, each) for i, each in enumerate(outcomes)])
        make.incident(
            session, monitor, started_at=moment(BEGIN), ended_at=moment(BEGIN + FAILED * HOUR)
        )
        writing.hours(session, [monitor.id], low=BEGIN, high=END)
        writing.day(session, [monitor.id], begin=BEGIN)
        set_until(session, int(datetime.now(UTC).timestamp()) // HOUR * HOUR)


def test_a_day_of_last_year_is_in_each_log_and_chart(ada: Reader) -> None:
    (monitor,) = ada.api.read("monitors")["items"]
    path = f"monitors/{monitor['id']}"
    day = {"from": f"{LAST_YEAR}T00:00:00Z", "to": f"{LAST_YEAR + timedelta(days=1)}T00:00:00Z"}
    checks = ada.api.read(f"{path}/checks", limit=100, **day)["items"]
    assert [each["outcome"] for each in checks] == ["up"] * (HOURS - FAILED) + ["down"] * FAILED
    assert checks[-1]["detail"] == "Answered 500."
    found = ada.api.read("checks", q="answered 500", **day)["items"]
    assert [each["checked_at"] for each in found] == [
        each["checked_at"] for each in checks[-FAILED:]
    ]
    # A part of the day is counted in the archive, the whole of it without.
    later = {**day, "from": f"{LAST_YEAR}T01:30:00Z"}
    for asked, down in ((day, FAILED), (later, FAILED - 2)):
        (counted,) = ada.api.read("checks/counts", step="day", **asked)["items"]
        assert (counted["down"], counted["up"]) == (down, HOURS - FAILED)
    (point,) = ada.api.read(f"{path}/series", step="day", **day)["points"]
    assert point["uptime"]["down_seconds"] == FAILED * HOUR
    analysis = ada.api.read(f"{path}/analysis", **day)["current"]
    assert analysis["latency_ms"]["count"] == HOURS - FAILED

    log = ada.get(f"/{path}/checks?day={LAST_YEAR}")
    assert log.text.count("Answered 500.") == FAILED
    one = ada.get(f"/{path}/checks/{BEGIN}/default")
    assert "Answered 500." in one.text
    every = ada.get(f"/checks?days=between&from={LAST_YEAR}&to={LAST_YEAR}&q=answered")
    assert every.text.count("Answered 500.") == FAILED
    report = ada.get(f"/reports/{path}?from={LAST_YEAR}T00:00&to={LAST_YEAR}T23:59")
    assert "3 h" in report.text
