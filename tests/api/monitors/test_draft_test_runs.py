"""Test runs of values that are not stored, as an organization sees them."""

import json
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Monitor, TestRun
from models.session import database_now
from services.credentials import test_runs
from services.credentials.unsealed import OpenCredentials
from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import join, new_key, with_token

pytestmark = pytest.mark.usefixtures("celery")

QUEUE = "q.checks.default"
VALUES: dict[str, Any] = {
    "name": "Shop",
    "url": "https://shop.test/",
    "settings": {"headers": {"X-Key": "canary-51c3"}},
}


def ask(client: ApiClient, **values: Any) -> TestResponse:  # noqa: ANN401 - those of a monitor
    return client.post("monitors/test-runs", {**VALUES, **values})


def target_of(app: Flask, session: Session) -> Any:  # noqa: ANN401 - what a worker gets
    test_run = session.scalars(select(TestRun)).one()
    now = database_now(session)
    started = test_runs.begin(
        session, test_run.id, OpenCredentials(app.extensions["downtime"].ring), now=now
    )
    assert started is not None
    return started.target


def test_values_are_tried_and_no_monitor_is_made(
    app: Flask, client: ApiClient, session: Session
) -> None:
    response = ask(client)
    assert (response.status_code, response.headers["Retry-After"]) == (202, "1")
    test_run = body_of(response)
    assert response.headers["Location"] == f"/api/v1/monitors/test-runs/{test_run['id']}"
    assert (test_run["state"], test_run["region"]) == ("pending", "default")
    found = client.get(response.headers["Location"])
    assert (found.headers["Retry-After"], body_of(found)) == ("1", test_run)
    target = target_of(app, session)
    assert (target.url, target.settings.headers) == ("https://shop.test/", {"X-Key": "canary-51c3"})
    assert client.read("monitors")["items"] == []


def test_a_change_is_tried_and_the_monitor_stays_as_it_is(
    app: Flask, client: ApiClient, session: Session
) -> None:
    monitor = client.make_monitor(settings={"keyword": "hello"})
    response = client.post(f"monitors/{monitor['id']}/test-runs", {"settings": {"keyword": "hi"}})
    assert response.status_code == 202
    target = target_of(app, session)
    assert (target.url, target.settings.keyword) == ("https://shop.test/", "hi")
    assert client.read(f"monitors/{monitor['id']}") == monitor
    assert (
        client.get(f"monitors/{monitor['id']}/test-runs/{body_of(response)['id']}").status_code
        == 404
    )


def test_the_message_and_the_row_hold_no_value(
    client: ApiClient, session: Session, redis: Redis
) -> None:
    ask(client)
    [raw] = redis.lrange(QUEUE, 0, -1)
    assert json.loads(raw)["headers"]["task"] == "checks.test_run"
    test_run = session.scalars(select(TestRun)).one()
    for held in (str(raw), repr(test_run.ciphertext)):
        assert "canary-51c3" not in held
        assert "shop.test" not in held


def test_a_repeat_under_the_same_key_makes_one_test_run(
    client: ApiClient, session: Session
) -> None:
    headers = {"Idempotency-Key": "once"}
    first, second = (
        client.send("POST", "monitors/test-runs", json=VALUES, headers=headers) for _ in range(2)
    )
    assert body_of(first) == body_of(second)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(session.scalars(select(TestRun)).all()) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"url": "nonsense"}, "url"),
        ({"timeout_seconds": 60, "interval_seconds": 60}, "timeout_seconds"),
        ({"settings": {"method": "BREW"}}, "settings.method"),
        ({"regions": ["nowhere"]}, "regions"),
        ({"credential_ids": ["7f9c2ba4-e88f-827d-6160-4550a1b2c3d4"]}, "credential_ids"),
    ],
)
def test_what_a_creation_refuses_is_not_tried(
    client: ApiClient, session: Session, values: dict[str, Any], field: str
) -> None:
    refused = ask(client, **values)
    created = client.post("monitors", {**VALUES, **values})
    assert (refused.status_code, body_of(refused)["errors"]) == (422, body_of(created)["errors"])
    assert list(body_of(refused)["errors"]) == [field]
    assert session.scalars(select(TestRun)).all() == []


def test_a_heartbeat_cannot_be_tried(client: ApiClient) -> None:
    values = {"name": "Job", "kind": "heartbeat", "settings": {"period_seconds": 60}}
    assert client.post("monitors/test-runs", values).status_code == 409


def test_a_caller_without_the_use_of_credentials_cannot_try_one(
    app: Flask, client: ApiClient
) -> None:
    used = client.make("credentials", name="x", scheme="bearer", fields={"token": "t" * 9})["id"]
    robot = with_token(app, new_key(client, "monitor:read", "monitor:write")["key"])
    refused = ask(robot, credential_ids=[used])
    assert refused.status_code in {403, 422}
    assert ask(robot).status_code == 202


def test_a_viewer_sees_a_test_run_and_makes_none(app: Flask, client: ApiClient) -> None:
    path = ask(client).headers["Location"]
    viewer = join(client, app, "vic", "viewer")
    assert viewer.get(path).status_code == 200
    assert ask(viewer).status_code == 403


def test_at_most_so_many_are_under_way(client: ApiClient, session: Session) -> None:
    for _ in range(5):
        assert ask(client).status_code == 202
    refused = ask(client)
    assert refused.status_code == 409
    assert "(limit `test_runs_under_way`)" in body_of(refused)["detail"]
    assert session.scalars(select(Monitor)).all() == []
