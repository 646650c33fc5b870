"""Every error has one shape, names what to mend, and says nothing else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api.request.missing import NOWHERE
from application import create_app
from config.settings import Settings
from server.request.lifecycle import LARGEST_BODY
from server.resources import Transactions
from tests.api.applications import Serve
from tests.api.client import PASSWORD, ApiClient, body_of

JSON = {"Content-Type": "application/json"}
NOBODYS = "00000000-0000-4000-8000-000000000000"
LOGIN = {"email": "ada@example.test", "password": PASSWORD}


def assert_problem(response: TestResponse, status: int) -> None:
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    body = body_of(response)
    assert body["type"] == "about:blank"
    assert body["status"] == status
    assert body["title"]
    assert body["request_id"] == response.headers["X-Request-Id"]
    assert body.keys() <= {"type", "title", "status", "detail", "errors", "request_id"}
    for texts in body.get("errors", {}).values():
        assert texts
        assert all(isinstance(text, str) for text in texts)


def test_a_path_that_is_not_there_is_404(client: ApiClient) -> None:
    assert_problem(client.get("/nowhere"), 404)
    assert_problem(client.get("monitors/not-an-id"), 404)


@pytest.mark.parametrize(
    ("path", "noun"),
    [
        ("monitors/not-an-id", "monitor"),
        (f"monitors/{NOBODYS}", "monitor"),
        ("monitors/7/checks", "monitor"),
        ("contact-groups/7", "contact group"),
        (f"contact-groups/{NOBODYS}", "contact group"),
        (f"escalation-policies/{NOBODYS}", "escalation policy"),
        (f"message-templates/{NOBODYS}", "message template"),
        (f"on-call-schedules/{NOBODYS}", "on-call schedule"),
        (f"incidents/{NOBODYS}/notes/7", None),
        ("schemas/unknown", "document"),
        ("schemas/events/unknown", "event"),
        ("nowhere", None),
    ],
)
def test_a_404_says_what_is_missing(client: ApiClient, path: str, noun: str | None) -> None:
    expected = f"There is no such {noun}." if noun else NOWHERE
    assert body_of(client.get(path))["detail"] == expected


def test_a_method_that_is_not_there_is_405_and_says_which_are(client: ApiClient) -> None:
    response = client.send("PUT", "monitors")
    assert_problem(response, 405)
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW"])
def test_unusual_methods_are_refused(client: ApiClient, method: str) -> None:
    assert client.send(method, "monitors").status_code == 405


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_what_is_not_json_is_415(client: ApiClient, content_type: str | None) -> None:
    response = client.send("POST", "monitors", data=b"{}", content_type=content_type)
    assert_problem(response, 415)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{'name': 1}",
        b'{"name": NaN}',
        b'{"name": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'\xff\xfe{"a": 1}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 5_000,
    ],
)
def test_broken_json_is_400(client: ApiClient, body: bytes) -> None:
    assert_problem(client.send("POST", "monitors", data=body, headers=JSON), 400)


@pytest.mark.abuse(73)
@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"[]", "body"),
        (b"null", "body"),
        (b'"text"', "body"),
        (b"1e999", "body"),
        (b'{"settings": {"max_redirects": 1e999}}', "settings.max_redirects"),
        (b'{"nu\\u0000l": 1}', "body"),
        (b'{"name": "\\ud800"}', "name"),
        (b'{"tags": [' + b"1," * 1000 + b"1]}", "tags"),
        (b'{"a": ' + b"[" * 30 + b"]" * 30 + b"}", "a.0.0"),
    ],
)
def test_json_that_cannot_be_taken_is_422_and_names_the_place(
    client: ApiClient, body: bytes, path: str
) -> None:
    response = client.send("POST", "monitors", data=body, headers=JSON)
    assert_problem(response, 422)
    assert path in body_of(response)["errors"]


def test_a_large_body_is_413_and_is_not_read(client: ApiClient) -> None:
    class Unreadable:
        def read(self, *_: object) -> bytes:
            raise AssertionError("The body was read.")

    response = client.send(
        "POST",
        "monitors",
        headers=JSON,
        environ_overrides={"CONTENT_LENGTH": str(10 * 1024 * 1024), "wsgi.input": Unreadable()},
    )
    assert_problem(response, 413)


@pytest.mark.parametrize("path", ["monitors", "auth/login"])
@pytest.mark.parametrize("end", [b"{}", b"   "])
def test_a_large_body_of_unknown_length_is_413_and_is_not_cut_off(
    client: ApiClient, path: str, end: bytes
) -> None:
    body = b"{}" + b" " * LARGEST_BODY + end
    response = client.send(
        "POST",
        path,
        headers={**JSON, "Transfer-Encoding": "chunked"},
        environ_overrides={
            "CONTENT_LENGTH": "",
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,
        },
    )
    assert_problem(response, 413)


def test_a_small_body_of_unknown_length_is_read(client: ApiClient) -> None:
    response = client.send(
        "POST",
        "contact-groups",
        headers={**JSON, "Transfer-Encoding": "chunked"},
        environ_overrides={
            "CONTENT_LENGTH": "",
            "wsgi.input": BytesIO(b'{"name": "On call"}'),
            "wsgi.input_terminated": True,
        },
    )
    assert response.status_code == 201


def test_a_body_of_the_largest_size_is_still_read(client: ApiClient) -> None:
    body = json.dumps({"name": "x" * (LARGEST_BODY - 100), "url": "https://shop.test/"})
    assert_problem(client.send("POST", "monitors", data=body, headers=JSON), 422)


def test_five_hundred_monitors_at_once_may_be_larger(client: ApiClient) -> None:
    body = b" " * LARGEST_BODY + b"{}"
    assert_problem(client.send("POST", "monitors", data=body, headers=JSON), 413)
    assert_problem(client.send("POST", "monitors/bulk", data=body, headers=JSON), 422)
    assert_problem(client.send("POST", "monitors/bulk", data=body * 4, headers=JSON), 413)


def test_without_a_token_it_is_401_before_anything_else(anybody: ApiClient) -> None:
    response = anybody.send("POST", "monitors", data=b"{", headers=JSON)
    assert_problem(response, 401)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_refused_conflict_is_409(client: ApiClient) -> None:
    client.make("contact-groups", name="On call")
    assert_problem(client.post("contact-groups", {"name": "On call"}), 409)


@pytest.mark.abuse(76)
def test_a_bug_of_ours_is_500_and_tells_nothing(
    settings: Settings, transaction: Transactions
) -> None:
    def broken() -> str:
        raise RuntimeError("the secret")

    app = create_app(settings, transaction)
    app.add_url_rule("/broken", view_func=broken)
    response = ApiClient(app).get("/broken")
    assert_problem(response, 500)
    assert "secret" not in response.text
    assert "detail" not in body_of(response)
    app.extensions["downtime"].redis.close()


def test_which_limit_of_the_database_was_met_is_logged(
    serve: Serve, settings: Settings, connection: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def transaction() -> Iterator[Session]:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            session.execute(text("SET LOCAL statement_timeout = 1"))
            session.execute(text("SELECT pg_sleep(10)"))
            yield session

    app = serve(settings, transaction)
    assert_problem(ApiClient(app).post("auth/login", LOGIN), 503)
    assert "sqlstate=57014" in capsys.readouterr().out


def test_without_its_database_it_answers_503_and_lives_on(serve: Serve, settings: Settings) -> None:
    gone = create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nothing")

    @contextmanager
    def transaction() -> Iterator[Session]:
        with Session(gone) as session, session.begin():
            yield session

    app = serve(settings, transaction)
    client = ApiClient(app)
    response = client.post("auth/login", LOGIN)
    assert_problem(response, 503)
    assert response.headers["Retry-After"] == "5"
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert_problem(ready, 503)
    assert set(body_of(ready)["errors"]) == {"database", "beat"}
    assert 'downtime_part_up{part="database"} 0.0' in client.get("/metrics").text
    assert client.get("/login").status_code == 200


def test_without_redis_the_api_works_and_readiness_says_so(
    serve: Serve, settings: Settings, transaction: Transactions
) -> None:
    gone = SecretStr("redis://127.0.0.1:1")
    client = ApiClient(serve(settings.model_copy(update={"redis_url": gone}), transaction))
    client.register("ada@example.test").make_monitor()
    ready = client.get("/readyz")
    assert_problem(ready, 503)
    assert "redis" in body_of(ready)["errors"]
    assert 'downtime_part_up{part="redis"} 0.0' in client.get("/metrics").text
