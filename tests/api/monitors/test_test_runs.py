"""`POST …/check?test_run=true` and what comes of it, as an organization sees it."""

import json
import subprocess
import sys
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Recheck, TestRun
from models.session import database_now
from models.test_run import TestRunState
from services.credentials import test_runs
from services.credentials.unsealed import OpenCredentials
from tests.api.client import ApiClient, body_of
from tests.conftest import ROOT
from tests.factories.keys import RING

QUEUE = "q.checks.default"
REPORT: dict[str, Any] = {
    "outcome": "down",
    "cause": "status",
    "detail": "Answered 500.",
    "http_status": 500,
    "address": "192.0.2.1",
    "timings": {"dns": 0.1, "connect": 1.5, "tls": 0.0, "first_byte": 2.0, "total": 4.0},
    "assertions": [{"demand": "Body size: expected to be 9 bytes", "failure": None}],
    "steps": [
        {
            "method": "GET",
            "url": "https://shop.test/",
            "address": "192.0.2.1",
            "request_headers": [["Accept", "*/*"]],
            "status": 500,
            "http_version": "2",
            "response_headers": [["Server", "x"]],
            "failure": "",
            "timings": {"dns": 0.1, "connect": 1.5, "tls": 0.0, "first_byte": 2.0, "total": 4.0},
        }
    ],
    "evidence": {"headers": [["Server", "x"]], "body": "no", "truncated": False},
}


@pytest.fixture
def monitor_id(client: ApiClient) -> str:
    return str(client.make_monitor()["id"])


def ask(client: ApiClient, monitor_id: str) -> TestResponse:
    return client.post(f"monitors/{monitor_id}/check?test_run=true")


@pytest.mark.usefixtures("celery")
def test_a_trace_is_accepted_and_its_address_told(client: ApiClient, monitor_id: str) -> None:
    response = ask(client, monitor_id)
    assert response.status_code == 202
    test_run = body_of(response)
    assert (
        response.headers["Location"] == f"/api/v1/monitors/{monitor_id}/test-runs/{test_run['id']}"
    )
    assert response.headers["Retry-After"] == "1"
    assert (test_run["state"], test_run["region"], test_run["report"]) == (
        "pending",
        "default",
        None,
    )
    found = client.get(response.headers["Location"])
    assert (found.status_code, found.headers["Retry-After"]) == (200, "1")
    assert body_of(found) == test_run


@pytest.mark.usefixtures("celery")
def test_the_message_to_the_region_holds_nothing_but_the_number(
    client: ApiClient, monitor_id: str, redis: Redis, session: Session
) -> None:
    ask(client, monitor_id)
    [raw] = redis.lrange(QUEUE, 0, -1)
    message = json.loads(raw)
    assert message["headers"]["task"] == "checks.test_run"
    assert message["headers"]["argsrepr"] == f"({session.scalars(select(TestRun.id)).one()},)"
    assert "shop.test" not in str(raw)


@pytest.mark.usefixtures("celery")
def test_a_report_is_shown_whole_and_asks_nobody_to_come_again(
    client: ApiClient, monitor_id: str, session: Session
) -> None:
    path = ask(client, monitor_id).headers["Location"]
    test_run_id = session.scalars(select(TestRun.id)).one()
    now = database_now(session)
    assert test_runs.begin(session, test_run_id, OpenCredentials(RING), now=now)
    session.commit()
    assert client.read(path)["state"] == "running"
    test_runs.finish(session, test_run_id, REPORT, now=now)
    session.commit()
    response = client.get(path)
    assert "Retry-After" not in response.headers
    report = body_of(response)["report"]
    header = {"name": "Server", "value": "x"}
    assert report["steps"][0]["response_headers"] == [header]
    assert report["evidence"]["headers"] == [header]
    assert report["steps"][0]["timings"] == REPORT["steps"][0]["timings"]
    for same in ("outcome", "cause", "detail", "http_status", "address", "timings", "assertions"):
        assert report[same] == REPORT[same]


@pytest.mark.usefixtures("celery")
def test_a_second_trace_of_a_monitor_is_refused_and_the_first_is_named(
    client: ApiClient, monitor_id: str
) -> None:
    first = body_of(ask(client, monitor_id))
    response = ask(client, monitor_id)
    assert response.status_code == 409
    assert first["id"] in body_of(response)["detail"]


@pytest.mark.usefixtures("celery")
def test_one_that_nobody_took_is_shown_as_failed_in_words(
    client: ApiClient, monitor_id: str, session: Session
) -> None:
    path = ask(client, monitor_id).headers["Location"]
    session.execute(update(TestRun).values(deadline_at=TestRun.requested_at))
    session.commit()
    test_run = client.read(path)
    assert (test_run["state"], test_run["report"]) == ("failed", None)
    assert test_run["problem"] == "No worker started this check within 60 s."


def test_a_heartbeat_cannot_be_traced(client: ApiClient) -> None:
    made = client.make("monitors", name="Job", kind="heartbeat", settings={"period_seconds": 60})
    assert ask(client, made["id"]).status_code == 409


@pytest.mark.parametrize("value", ["perhaps", "2", ""])
def test_a_strange_value_is_refused_by_its_name(
    client: ApiClient, monitor_id: str, value: str
) -> None:
    response = client.post(f"monitors/{monitor_id}/check?test_run={value}")
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["test_run"]


@pytest.mark.parametrize("query", ["", "?test_run=false"])
def test_without_a_trace_a_check_is_asked_for_as_ever(
    client: ApiClient, monitor_id: str, session: Session, redis: Redis, query: str
) -> None:
    response = client.post(f"monitors/{monitor_id}/check{query}")
    assert (response.status_code, list(body_of(response))) == (202, ["checked_at"])
    assert "Location" not in response.headers
    assert len(session.scalars(select(Recheck)).all()) == 1
    assert session.scalars(select(TestRun)).all() == []
    assert redis.llen(QUEUE) == 0


@pytest.mark.usefixtures("celery")
def test_a_trace_leaves_no_recheck_behind(
    client: ApiClient, monitor_id: str, session: Session
) -> None:
    ask(client, monitor_id)
    assert session.scalars(select(Recheck)).all() == []
    assert session.scalars(select(TestRun.state)).one() is TestRunState.PENDING


def test_the_api_and_beat_hand_over_without_loading_the_engine() -> None:
    for module in ("api.app", "tasks.app"):
        program = f"import sys, {module}; print('probes.engine.engine' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "False", module
