"""A test run is waited for, then shown as a waterfall."""

from typing import Any

import pytest
from celery import Celery
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import TestRun
from models.session import database_now
from tests.web.reader import Reader, Seen
from tests.web.routes.monitors.conftest import Watched
from tests.web.routes.monitors.test_show import SCRIPT, path

TIMINGS = {"dns": 3.0, "connect": 11.0, "tls": 24.0, "first_byte": 1208.0, "total": 1250.0}


def report(**values: object) -> dict[str, Any]:
    step = {
        "method": "GET",
        "url": "https://shop.test/",
        "address": "192.0.2.1",
        "request_headers": [["Accept", "*/*"]],
        "status": 503,
        "http_version": "2",
        "response_headers": [["server", SCRIPT]],
        "failure": "",
        "timings": TIMINGS,
    }
    return {
        "outcome": "down",
        "cause": "status",
        "detail": SCRIPT,
        "http_status": 503,
        "address": "192.0.2.1",
        "timings": TIMINGS,
        "assertions": [{"demand": "status 200-299", "failure": SCRIPT}],
        "steps": [step],
        "evidence": {"headers": [["server", SCRIPT]], "body": SCRIPT, "truncated": False},
        **values,
    }


@pytest.fixture
def begun(ada: Reader, watched: Watched, celery: Celery) -> Seen:
    """Make a test run that waits for a worker."""
    del celery
    return ada.post(f"{path(watched())}/test-run")


def finish(session: Session, **columns: object) -> None:
    run = session.scalars(select(TestRun)).one()
    run.finished_at = database_now(session)
    for name, value in columns.items():
        setattr(run, name, value)
    session.commit()


def test_a_test_run_waits_and_the_page_renews_itself(begun: Seen) -> None:
    assert "/test-runs/" in begun.path
    assert "Waiting for a worker in default." in begun.text
    assert begun.response.headers["Refresh"] == "1"


def test_the_result_is_a_waterfall_of_its_steps(ada: Reader, session: Session, begun: Seen) -> None:
    finish(session, state="done", report=report())
    seen = ada.get(begun.path)
    assert "Refresh" not in seen.response.headers
    phases = [row.find("th").get_text() for row in seen.select("table.wf tbody tr")]  # type: ignore[union-attr]
    assert phases == [*("Name lookup", "Connection", "TLS handshake", "First byte", "Transfer")]
    assert "1,208 ms" in seen.one("table.wf").get_text()
    assert f"not met {SCRIPT}" in seen.text
    assert not seen.select("main script, main img")


def test_a_multistep_check_is_a_waterfall_of_its_steps_and_names_the_one_that_failed(
    ada: Reader, session: Session, begun: Seen
) -> None:
    (request,) = report()["steps"]
    numbers = [(1, "log in"), (1, "log in"), (2, "")]
    steps = [{**request, "step": number, "step_name": name} for number, name in numbers]
    finish(session, state="done", report=report(steps=steps, detail="Step 2: It is closed."))
    seen = ada.get(begun.path)
    rows = [" ".join(row.get_text(" ").split()) for row in seen.one("#steps").select("tbody tr")]
    assert rows == ["Step 1 “log in” 2,500 ms", "Step 2 1,250 ms failed"]
    assert "Step 1 “log in”: GET" in seen.text
    ada.speak("de")
    assert "Schritt 2: It is closed." in ada.get(begun.path).text


def test_a_kind_without_requests_shows_its_phases(
    ada: Reader, session: Session, begun: Seen
) -> None:
    finish(session, state="done", report=report(steps=[], evidence=None, assertions=[]))
    assert "Connection" in ada.get(begun.path).one("#phases").get_text()


def test_a_conversation_is_one_waterfall_with_what_both_sides_said(
    ada: Reader, session: Session, begun: Seen
) -> None:
    none = {"dns": 0.0, "connect": 0.0, "tls": 0.0, "first_byte": 0.0}
    blank = {**report()["steps"][0], "method": "", "url": "", "status": 0, "response_headers": []}
    parts = [
        {**blank, "name": "greeting", "sent": "", "received": SCRIPT},
        {**blank, "name": "login", "sent": "PASS •••", "received": "-ERR", "failure": SCRIPT},
    ]
    timed = [{**part, "timings": {**none, "total": 12.0}} for part in parts]
    finish(session, state="done", report=report(steps=timed, assertions=[], evidence=None))
    seen = ada.get(begun.path)
    rows = [row.find("th").get_text() for row in seen.select("#steps table.wf tbody tr")]  # type: ignore[union-attr]
    assert rows == ["Greeting", "Login"]
    assert seen.one("#steps tr.wrong").find("th").get_text() == "Login"  # type: ignore[union-attr]
    assert "PASS •••" in seen.one("#steps details[open]").get_text()
    assert not seen.select("main script")


def test_one_that_failed_says_why(ada: Reader, session: Session, begun: Seen) -> None:
    finish(session, state="failed", problem="No worker started this check within 60 s.")
    assert "No worker started this check within 60 s." in ada.get(begun.path).text


def test_a_second_one_waits_for_the_first(ada: Reader, begun: Seen) -> None:
    monitor = begun.path.split("/")[2]
    assert ada.post(f"/monitors/{monitor}/test-run").status == 409


def test_an_unknown_region_is_refused(ada: Reader, watched: Watched) -> None:
    assert ada.post(f"{path(watched())}/test-run", region="moon").status == 422


def test_who_may_only_look_sees_it_and_starts_none(vic: Reader, eve: Reader, begun: Seen) -> None:
    monitor = begun.path.split("/")[2]
    assert vic.get(begun.path).status == 200
    assert vic.post(f"/monitors/{monitor}/test-run").status == 403
    assert eve.get(begun.path).status == 404
