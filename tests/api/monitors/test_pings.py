"""The address that jobs ping: any client, any method, and no way to learn anything from it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.routes.pings import LARGEST_BODY
from config.settings import load
from domain.evaluation.heartbeat import Signal
from models import Ping
from services.heartbeats.pings import PER_MINUTE
from tests.api.client import ApiClient
from tests.log_lines import logging_as

UNKNOWN = "a" * 32


@pytest.fixture
def monitor(client: ApiClient) -> dict[str, Any]:
    return client.make(
        "monitors", name="Backup", kind="heartbeat", settings={"period_seconds": 3600}
    )


@pytest.fixture
def address(monitor: dict[str, Any]) -> str:
    return str(monitor["heartbeat"]["ping_url"]).removeprefix("http://127.0.0.1:8000")


def last(session: Session) -> Ping:
    session.expire_all()
    return session.scalars(select(Ping).order_by(Ping.id.desc()).limit(1)).one()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_every_usual_method_is_a_ping(
    anybody: ApiClient, session: Session, address: str, method: str
) -> None:
    response = anybody.send(method, address)
    assert (response.status_code, response.mimetype) == (200, "text/plain")
    assert response.text == ("" if method == "HEAD" else "OK")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert last(session).signal is Signal.SUCCESS


@pytest.mark.parametrize(
    ("path", "signal", "exit_code"),
    [
        ("", Signal.SUCCESS, None),
        ("/start", Signal.START, None),
        ("/fail", Signal.FAIL, None),
        ("/log", Signal.LOG, None),
        ("/0", Signal.SUCCESS, 0),
        ("/1", Signal.FAIL, 1),
        ("/255", Signal.FAIL, 255),
    ],
)
def test_the_path_says_what_happened(
    anybody: ApiClient, session: Session, address: str, path: str, signal: Signal, exit_code: int
) -> None:
    assert anybody.get(address + path).text == "OK"
    assert (last(session).signal, last(session).exit_code) == (signal, exit_code)


@pytest.mark.parametrize(
    "path", ["/256", "/-1", "/1.5", "/0001", "/stop", "/START", "/%00", "/start/now", "/\u0661"]
)
def test_a_path_that_says_nothing_is_not_found(
    anybody: ApiClient, session: Session, address: str, path: str
) -> None:
    assert anybody.get(address + path).status_code == 404
    assert session.scalars(select(Ping)).all() == []


@pytest.mark.parametrize("token", [UNKNOWN, "A" * 32, "a" * 31, "a" * 33, "1" * 32, "%00", "'--"])
def test_an_unknown_token_is_not_found_and_looks_like_any_other(
    anybody: ApiClient, token: str
) -> None:
    response = anybody.get(f"/ping/{token}")
    assert (response.status_code, response.text) == (404, "not found")
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_no_pings(
    anybody: ApiClient, session: Session, address: str, method: str
) -> None:
    assert anybody.send(method, address).status_code == 405
    assert session.scalars(select(Ping)).all() == []


def test_a_run_id_that_is_none_is_refused(anybody: ApiClient, address: str) -> None:
    response = anybody.get(f"{address}/start", rid="run-5")
    assert (response.status_code, response.text) == (400, "rid must be a UUID")


def test_a_long_body_is_cut_off_and_the_ping_counts(
    anybody: ApiClient, session: Session, address: str
) -> None:
    assert anybody.send("POST", address, data=b"x" * 200_000).status_code == 200
    assert last(session).body == "x" * LARGEST_BODY


def test_a_body_that_is_no_text_is_kept_as_far_as_it_is(
    anybody: ApiClient, session: Session, address: str
) -> None:
    assert anybody.send("POST", address, data=b"ok \0 \xff\xfe \xc3\xa9").status_code == 200
    assert last(session).body == "ok \ufffd \ufffd\ufffd \u00e9"


def test_a_body_of_megabytes_is_refused_unread(
    anybody: ApiClient, session: Session, address: str
) -> None:
    assert anybody.send("POST", address, data=b"x" * 1_100_000).status_code == 413
    assert session.scalars(select(Ping)).all() == []


def test_a_flood_is_told_when_to_come_again(anybody: ApiClient, address: str) -> None:
    answers = [anybody.get(f"{address}/log") for _ in range(PER_MINUTE + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "60"


def test_the_token_opens_nothing_else(anybody: ApiClient, monitor: dict[str, Any]) -> None:
    anybody.token = monitor["heartbeat"]["ping_url"].rsplit("/", 1)[1]
    assert anybody.get(f"monitors/{monitor['id']}").status_code == 401


def test_no_log_line_holds_the_token(
    anybody: ApiClient, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_as(load()):
        anybody.get(address)
    written = capsys.readouterr().err
    assert "/ping/<token>" in written
    assert address.rsplit("/", 1)[1] not in written


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    signal=st.text(max_size=8) | st.sampled_from(["start", "fail", "log", "0", "256"]),
    rid=st.none() | st.text(max_size=40) | st.uuids().map(str),
    body=st.binary(max_size=200),
)
def test_whatever_is_sent_is_answered(
    anybody: ApiClient, address: str, signal: str, rid: str | None, body: bytes
) -> None:
    path = f"{address}/{signal.encode('utf-16', 'surrogatepass').hex() if not signal.isalnum() else signal}"
    query = {} if rid is None else {"rid": rid.encode(errors="replace").decode()}
    response = anybody.send("POST", path, query_string=query, data=body)
    assert response.status_code in {200, 400, 404, 429}
