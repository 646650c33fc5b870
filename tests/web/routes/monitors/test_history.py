"""The checks, incidents and pings of one monitor."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Cause, Outcome
from models import CheckFailure, Monitor
from models.session import database_now
from tests.factories import monitors as make
from tests.web.reader import Reader, Seen
from tests.web.routes.monitors.conftest import Watched
from tests.web.routes.monitors.test_show import SCRIPT, path


@pytest.fixture
def checked(session: Session, watched: Watched) -> Monitor:
    """Make a monitor with two checks, of which the later one failed."""
    monitor = watched()
    slot = int(database_now(session).timestamp()) - 3600
    make.check(session, monitor, slot)
    down = {"cause": Cause.STATUS, "http_status": 503}
    make.check(session, monitor, slot + 60, Outcome.DOWN, detail=SCRIPT, **down)
    failure = session.scalars(select(CheckFailure)).one()
    failure.evidence = {"headers": [["Server", SCRIPT]], "body": SCRIPT, "truncated": True}
    session.commit()
    return monitor


def outcomes(seen: Seen) -> list[str]:
    return [" ".join(cell.get_text().split()) for cell in seen.select("#checks td.st")]


def test_checks_are_listed_newest_first(ada: Reader, checked: Monitor) -> None:
    seen = ada.get(f"{path(checked)}/checks")
    assert outcomes(seen) == ["Down", "Up"]
    assert "503" in seen.text


def test_the_log_is_narrowed_by_outcome_region_and_day(ada: Reader, checked: Monitor) -> None:
    log = f"{path(checked)}/checks"
    assert outcomes(ada.get(log, outcome="up")) == ["Up"]
    assert outcomes(ada.get(log, region="default")) == ["Down", "Up"]
    assert outcomes(ada.get(log, outcome="odd", region="odd", day="odd")) == ["Down", "Up"]
    nothing = ada.get(log, day=(checked.created_at - timedelta(days=9)).date().isoformat())
    assert "Nothing matches these filters." in nothing.text
    assert nothing.link("Clear all") == log


def test_a_long_log_has_pages(ada: Reader, session: Session, checked: Monitor) -> None:
    slot = int(database_now(session).timestamp()) - 7200
    for second in range(51):
        make.check(session, checked, slot + second)
    session.commit()
    log = ada.get(f"{path(checked)}/checks")
    assert len(outcomes(log)) == 50
    assert len(outcomes(ada.get(log.link("Next page")))) == 3


def test_a_failed_check_is_shown_with_its_evidence(ada: Reader, checked: Monitor) -> None:
    log = ada.get(f"{path(checked)}/checks")
    seen = ada.get(str(log.select("#checks td.main a")[0]["href"]))
    assert "Unexpected status" in seen.one("section.cause").get_text()
    assert SCRIPT in seen.one("#answer").get_text()
    assert not seen.select("main script, main img")
    assert "failed" in seen.one("table.wf").get_text()


def test_a_check_that_is_not_there_is_not_found(ada: Reader, checked: Monitor) -> None:
    for slot in ("1", "odd", "9" * 30):
        assert ada.get(f"{path(checked)}/checks/{slot}/default").status == 404


def test_incidents_of_this_monitor_are_listed(
    ada: Reader, session: Session, watched: Watched
) -> None:
    monitor, other = watched(), watched("Other")
    now = database_now(session)
    began = now - timedelta(hours=3)
    mine = make.incident(session, monitor, started_at=began, ended_at=began + timedelta(minutes=9))
    theirs = make.incident(session, other, started_at=began)
    session.commit()
    seen = ada.get(f"{path(monitor)}/incidents")
    assert f"/incidents/{mine.public_id}" in str(seen.html)
    assert "9 min" in seen.text
    assert str(theirs.public_id) not in str(seen.html)


def test_pings_of_a_heartbeat_are_listed(ada: Reader) -> None:
    settings = {"period_seconds": 3600}
    made = ada.api.make("monitors", name="Backup", kind="heartbeat", settings=settings)
    empty = ada.get(f"/monitors/{made['id']}/pings")
    assert "No ping yet" in empty.text
    token = made["heartbeat"]["ping_url"].rpartition("/ping/")[2]
    assert ada.api.send("POST", f"/ping/{token}/3", data=SCRIPT).status_code == 200
    seen = ada.get(f"/monitors/{made['id']}/pings")
    assert "Failure" in seen.one("#pings td.st").get_text()
    assert not seen.select("main script, main img")
    assert SCRIPT in seen.text


def test_a_stranger_finds_no_history(eve: Reader, checked: Monitor) -> None:
    for part in ("checks", "incidents", "pings"):
        assert eve.get(f"{path(checked)}/{part}").status == 404
