"""Pages of SLOs: the list, one of them, the form and OpenSLO documents."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Monitor, Schedule
from models.session import database_now
from tests.api.machines.callers import join
from tests.factories import monitors as make
from tests.web.reader import Reader


@pytest.fixture
def vic(ada: Reader, app: Flask) -> Reader:
    """Make a member of Ada's organization who may only look."""
    join(ada.api, app, "vic", "viewer")
    return Reader(app).log_in("vic@example.test")


def test_an_slo_is_created_shown_changed_and_deleted(ada: Reader) -> None:
    monitor = ada.api.make_monitor(name="Shop")
    assert "No objective yet" in ada.get("/slos").text
    page = ada.get(f"/slos/new?monitor={monitor['id']}")
    seen = ada.fill(page, "/slos/new", name="Shop is up", target_percent="99,95")
    assert "The SLO was created." in seen.text
    assert "99.95 % up over 30 days" in seen.text
    path = seen.path.partition("?")[0]
    values = {"scope": "all", "period": "quarter", "time_zone": "Europe/Berlin"}
    seen = ada.fill(ada.get(f"{path}/edit"), f"{path}/edit", **values)
    assert "99.95 % up each quarter" in seen.text
    assert "All monitors" in seen.one("#definition").get_text()
    seen = ada.fill(ada.get(f"{path}/delete"), f"{path}/delete")
    assert "The SLO was deleted." in seen.text


def test_the_list_and_the_page_show_what_is_left_and_how_fast_it_burns(
    ada: Reader, session: Session
) -> None:
    made = ada.api.make_monitor(name="Shop")
    monitor, now = session.scalars(select(Monitor)).one(), database_now(session)
    for span in session.scalars(select(Schedule)):
        span.from_slot = int((now - timedelta(days=40)).timestamp())
    start = now - timedelta(minutes=21, seconds=36)
    make.incident(session, monitor, started_at=start, ended_at=now)
    session.commit()
    slo = ada.api.make("slos", name="Shop", monitor_id=made["id"], target_percent=99.9)
    assert "21 min 36 s of 43 min 12 s used" in ada.get("/slos").text
    seen = ada.get(f"/slos/{slo['id']}")
    assert "exceeded" in seen.one("#rates").get_text()
    assert "the budget is used up on" in seen.one("#budget").get_text()
    assert "21 min 36 s of 43 min 12 s used" in ada.get(f"/monitors/{made['id']}").text


def test_a_form_that_cannot_be_read_says_what_is_wrong(ada: Reader) -> None:
    page = ada.get("/slos/new")
    seen = ada.fill(page, "/slos/new", name="", target_percent="much", indicator="latency")
    assert seen.status == 422
    assert len(seen.errors) == 4


def test_an_openslo_document_is_shown_and_imported(ada: Reader) -> None:
    slo = ada.api.make("slos", name="All", target_percent=99)
    document = ada.get(f"/slos/{slo['id']}/openslo").one("code").get_text()
    again = document.replace("displayName: All", "displayName: All again")
    seen = ada.fill(ada.get("/slos/import"), "/slos/import", document=again)
    assert "All again" in seen.text
    seen = ada.fill(ada.get("/slos/import"), "/slos/import", document="a: *b")
    assert seen.status == 422


def test_who_may_only_read_finds_no_button(ada: Reader, vic: Reader) -> None:
    slo = ada.api.make("slos", name="All", target_percent=99)
    assert "All" in vic.get(f"/slos/{slo['id']}").text
    assert not vic.get("/slos").select('[href="/slos/new"]')
    assert vic.get(f"/slos/{slo['id']}/edit").status == 403
