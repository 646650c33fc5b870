"""A request that is sent again under its key is answered again, and worked on once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine, delete, func, select, text, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config.settings import load
from models import IdempotencyKey, IdempotencyUsage, Monitor
from models.session import database_now
from services import idempotency
from services.idempotency import MOST_BYTES
from tests.api.applications import Serve
from tests.api.client import ApiClient, body_of
from tests.api.machines import callers as machine_callers
from tests.devstack.eventually import eventually

BODY = {"name": "Shop", "url": "https://shop.test/"}


def post(
    client: ApiClient, path: str, body: object = None, *, key: str | None = "a-key"
) -> TestResponse:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.send("POST", path, json=body, headers=headers)


def monitors(client: ApiClient) -> int:
    return len(client.read("monitors")["items"])


def test_a_request_that_is_sent_again_is_answered_again(client: ApiClient) -> None:
    first, second = (post(client, "monitors", BODY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.data == first.data
    assert second.mimetype == "application/json"
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert monitors(client) == 1


def test_the_address_of_what_was_made_is_said_again(client: ApiClient) -> None:
    monitor = client.make_monitor()
    path = f"monitors/{monitor['id']}/check?test_run=true"
    first, second = (post(client, path) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.headers["Location"] == first.headers["Location"]


def test_without_a_key_each_request_is_one(client: ApiClient) -> None:
    for _ in range(2):
        assert post(client, "monitors", BODY, key=None).status_code == 201
    assert monitors(client) == 2


@pytest.mark.abuse(72)
def test_the_same_key_with_another_body_is_refused(client: ApiClient) -> None:
    post(client, "monitors", BODY)
    response = post(client, "monitors", {**BODY, "name": "Other"})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["Idempotency-Key"]
    assert monitors(client) == 1


@pytest.mark.abuse(72)
def test_the_same_key_elsewhere_is_another_request(client: ApiClient) -> None:
    monitor, other = client.make_monitor(), client.make_monitor()
    for each in (monitor, other):
        assert body_of(post(client, f"monitors/{each['id']}/pause"))["id"] == each["id"]
    assert post(client, "contact-groups", {"name": "On call"}).status_code == 201


@pytest.mark.abuse(72)
def test_the_same_key_of_another_organization_is_another_request(
    client: ApiClient, stranger: ApiClient
) -> None:
    first, theirs = (post(each, "monitors", BODY) for each in (client, stranger))
    assert theirs.status_code == 201
    assert body_of(theirs)["id"] != body_of(first)["id"]
    assert "Idempotency-Replayed" not in theirs.headers


def test_what_was_refused_may_be_tried_again_under_its_key(client: ApiClient) -> None:
    assert post(client, "monitors", {**BODY, "url": "ftp:/"}).status_code == 422
    assert post(client, "monitors", BODY).status_code == 201


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "tab\there"])
def test_a_key_that_is_none_is_400(client: ApiClient, key: str) -> None:
    assert post(client, "monitors", BODY, key=key).status_code == 400
    assert monitors(client) == 0


def test_a_key_may_be_written_as_the_draft_writes_it(client: ApiClient) -> None:
    responses = [post(client, "monitors", BODY, key='"8e03978e-40d5-43e8"') for _ in range(2)]
    assert responses[1].headers["Idempotency-Replayed"] == "true"


def test_after_a_day_a_key_is_free(client: ApiClient, session: Session) -> None:
    post(client, "monitors", BODY)
    session.execute(
        update(IdempotencyKey).values(created_at=func.now() - timedelta(hours=24, seconds=1))
    )
    session.commit()
    assert "Idempotency-Replayed" not in post(client, "monitors", BODY).headers
    assert monitors(client) == 2


def test_old_keys_are_forgotten(client: ApiClient, session: Session) -> None:
    post(client, "monitors", BODY)
    now = database_now(session)
    idempotency.forget(session, now=now + timedelta(hours=23))
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1
    idempotency.forget(session, now=now + timedelta(hours=25))
    assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


def test_what_was_answered_is_stored_sealed(client: ApiClient, session: Session) -> None:
    post(client, "monitors", {**BODY, "name": "canary-name"}, key="canary-key")
    row = session.scalars(select(IdempotencyKey)).one()
    assert b"canary" not in row.ciphertext + row.fingerprint + row.request_hash


def test_a_change_is_not_answered_from_memory(client: ApiClient) -> None:
    monitor = client.make_monitor()
    headers = {"Idempotency-Key": "a-key"}
    for name in ("One", "Two"):
        response = client.send(
            "PATCH", f"monitors/{monitor['id']}", json={"name": name}, headers=headers
        )
        assert body_of(response)["name"] == name


READING = {
    "message-templates/preview": {"event": "down"},
    "maintenance-windows/preview": {
        "time_zone": "UTC",
        "local_start": "2027-03-27T02:30:00",
        "duration_seconds": 3600,
    },
}
"""Requests that are sent to be answered, and change nothing."""


@pytest.mark.abuse(85)
def test_who_may_only_read_has_no_answers_kept(
    app: Flask, client: ApiClient, session: Session
) -> None:
    scopes = ("template:read", "maintenance:read")
    reader = machine_callers.with_token(app, machine_callers.new_key(client, *scopes)["key"])
    for path, body in READING.items():
        answers = [post(reader, path, body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert "Idempotency-Replayed" not in answers[1].headers
    assert session.scalars(select(IdempotencyKey)).all() == []


@pytest.mark.abuse(85)
def test_only_what_changes_something_takes_a_key(anybody: ApiClient) -> None:
    spec = anybody.read("/api/openapi.json")
    taking: set[tuple[str, str]] = set()
    others: set[tuple[str, str]] = set()
    for path, item in spec["paths"].items():
        operation = item.get("post", {})
        names = {each.get("name") for each in operation.get("parameters", [])}
        permission = operation.get("x-permission", "")
        (taking if "Idempotency-Key" in names else others).add((path, permission))
    assert all(permission.endswith(":write") for _, permission in taking)
    reading = {path for path, permission in others if permission}
    assert reading == {f"/api/v1/{path}" for path in READING} | {
        "/api/v1/exports/{export_id}/links"
    }


@pytest.mark.abuse(85)
def test_an_organization_has_so_many_bytes_of_answers_and_others_have_theirs(
    client: ApiClient, stranger: ApiClient, session: Session
) -> None:
    first = post(client, "monitors", BODY)
    usage = session.scalars(select(IdempotencyUsage)).one()
    assert len(first.data) < usage.size < 2 * len(first.data) + 1000
    session.execute(update(IdempotencyUsage).values(size=MOST_BYTES - 100))
    session.commit()
    refused = post(client, "monitors", BODY, key="another")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    # Nothing has happened, and whoever comes again without the header is served.
    assert monitors(client) == 1
    assert post(client, "monitors", BODY, key=None).status_code == 201
    assert post(client, "monitors", BODY).data == first.data
    assert post(stranger, "monitors", BODY).status_code == 201


@pytest.mark.abuse(85)
def test_bytes_count_for_as_long_as_answers_are_kept(client: ApiClient, session: Session) -> None:
    post(client, "monitors", BODY)
    now = database_now(session)
    for hours, status in ((24, 429), (26, 201)):
        hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
        session.execute(delete(IdempotencyUsage).where(IdempotencyUsage.size < MOST_BYTES))
        session.execute(update(IdempotencyUsage).values(size=MOST_BYTES + 1, hour=hour))
        if hours == 24:
            owner = session.scalars(select(IdempotencyKey.organization_id)).one()
            session.add(IdempotencyUsage(organization_id=owner, hour=hour, size=MOST_BYTES + 1))
        session.commit()
        assert post(client, "monitors", BODY, key=f"after-{hours}").status_code == status
    idempotency.forget(session, now=now)
    assert [each.size < MOST_BYTES for each in session.scalars(select(IdempotencyUsage))] == [True]


@pytest.fixture
def real(serve: Serve, committed: Engine) -> Flask:
    """Make an application with transactions of its own, since twins need two connections."""
    del committed
    return serve(load())


@contextmanager
def _held(connection: Connection) -> Iterator[None]:
    """Keep whoever wants to write a monitor waiting."""
    with connection.begin():
        connection.execute(text("LOCK TABLE monitors IN EXCLUSIVE MODE"))
        yield


@pytest.mark.committed
@pytest.mark.abuse(72)
def test_a_twin_that_comes_meanwhile_is_refused(real: Flask, committed: Engine) -> None:
    client = ApiClient(real).register("ada@example.test")
    twin = ApiClient(real)
    twin.token = client.token
    answers: list[TestResponse] = []
    with committed.connect() as connection, committed.connect() as watching:
        with _held(connection):
            first = threading.Thread(target=lambda: answers.append(post(client, "monitors", BODY)))
            first.start()
            eventually(lambda: _waits(watching))
            assert post(twin, "monitors", BODY).status_code == 409
        first.join(30)
    assert [answer.status_code for answer in answers] == [201]
    assert post(twin, "monitors", BODY).data == answers[0].data


@pytest.mark.committed
@pytest.mark.abuse(72)
def test_a_process_that_dies_between_leaves_neither_work_nor_memory(
    real: Flask, committed: Engine
) -> None:
    client = ApiClient(real).register("ada@example.test")
    answers: list[TestResponse] = []
    with committed.connect() as connection, committed.connect() as watching:
        with _held(connection):
            first = threading.Thread(target=lambda: answers.append(post(client, "monitors", BODY)))
            first.start()
            eventually(lambda: _waits(watching))
            # As a kill does: its connection is gone before the commit.
            watching.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
                )
            )
        first.join(30)
        assert answers[0].status_code == 503
        count = select(func.count()).select_from(Monitor)
        assert watching.scalar(count) == 0
    again = post(client, "monitors", BODY)
    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again.headers


def _waits(connection: Connection) -> bool:
    connection.rollback()
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return bool(connection.scalar(waiting))
