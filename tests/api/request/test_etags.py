"""Nobody is sent what they have, and nobody writes over what they have not seen."""

import threading

import pytest
from flask import Flask
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from config.settings import Settings, load
from domain.evaluation.state import State
from models import MonitorState
from server.resources import Transactions
from tests.api.applications import Serve
from tests.api.client import ApiClient, body_of


@pytest.fixture
def path(client: ApiClient) -> str:
    """Make a monitor, and give its path."""
    return f"monitors/{client.make_monitor()['id']}"


def etag(client: ApiClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.headers["ETag"]


def change(client: ApiClient, path: str, name: str, tag: str | None = None) -> int:
    headers = {} if tag is None else {"If-Match": tag}
    return client.send("PATCH", path, json={"name": name}, headers=headers).status_code


def test_what_did_not_change_is_not_sent_again(client: ApiClient, path: str) -> None:
    tag = etag(client, path)
    assert tag.startswith('"')
    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = client.send("GET", path, headers={"If-None-Match": given})
        assert response.status_code == 304
        assert response.data == b""
        assert response.headers["ETag"] == tag
    changed = client.patch(path, {"name": "Other"})
    assert changed.headers["ETag"] != tag
    response = client.send("GET", path, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert body_of(response)["name"] == "Other"


def test_a_change_of_what_was_changed_since_is_refused(client: ApiClient, path: str) -> None:
    tag = etag(client, path)
    assert change(client, path, "Mine", tag) == 200
    response = client.send("PATCH", path, json={"name": "Theirs"}, headers={"If-Match": tag})
    assert response.status_code == 412
    assert response.mimetype == "application/problem+json"
    assert client.read(path)["name"] == "Mine"


def test_the_tag_of_a_change_serves_for_the_next(client: ApiClient, path: str) -> None:
    tag = etag(client, path)
    for name in ("One", "Two"):
        response = client.send("PATCH", path, json={"name": name}, headers={"If-Match": tag})
        assert response.status_code == 200
        tag = response.headers["ETag"]
    assert tag == etag(client, path)


def test_what_was_changed_since_is_not_deleted(client: ApiClient, path: str) -> None:
    tag = etag(client, path)
    change(client, path, "Other")
    assert client.send("DELETE", path, headers={"If-Match": tag}).status_code == 412
    now = etag(client, path)
    assert client.send("DELETE", path, headers={"If-Match": now}).status_code == 204


def test_a_check_is_no_change_of_the_monitor_but_is_shown(
    client: ApiClient, path: str, session: Session
) -> None:
    tag = etag(client, path)
    session.execute(update(MonitorState).values(state=State.UP, last_slot=1_800_000_000))
    session.commit()
    assert client.send("GET", path, headers={"If-None-Match": tag}).status_code == 200
    assert etag(client, path) != tag
    assert change(client, path, "Other", tag) == 200


@pytest.mark.parametrize(
    "given", ['"other"', '"other", "another"', "garbage", '""', '"other", ""', 'W/""', '"', ","]
)
def test_a_tag_of_something_else_is_refused(client: ApiClient, path: str, given: str) -> None:
    assert change(client, path, "Other", given) == 412


def test_a_weak_tag_is_no_proof_of_what_was_seen(client: ApiClient, path: str) -> None:
    assert change(client, path, "Other", f"W/{etag(client, path)}") == 412


def test_a_star_stands_for_whatever_is_there(client: ApiClient, path: str) -> None:
    assert change(client, path, "Other", "*") == 200
    client.delete(path)
    assert change(client, path, "Other", "*") == 404


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("contacts", {"name": "Ada", "channels": []}),
        ("contact-groups", {"name": "On call", "contact_ids": []}),
        ("credentials", {"name": "Shop", "scheme": "bearer", "fields": {"token": "t-0123456"}}),
        ("maintenance-windows", {"name": "Deploy", "duration_seconds": 3600, "all_monitors": True}),
        ("slos", {"name": "All", "target_percent": 99.9}),
        ("message-templates", {"event": "down", "text": "Shop: {{ cause }}"}),
    ],
)
def test_everything_that_can_be_changed_has_a_tag(
    client: ApiClient, kind: str, body: dict[str, object]
) -> None:
    path = f"{kind}/{client.make(kind, **body)['id']}"
    tag = etag(client, path)
    assert client.send("DELETE", path, headers={"If-Match": '"other"'}).status_code == 412
    assert client.send("DELETE", path, headers={"If-Match": tag}).status_code == 204


def test_a_stranger_learns_nothing_by_a_tag(
    client: ApiClient, stranger: ApiClient, path: str
) -> None:
    tag = etag(client, path)
    for method in ("GET", "PATCH", "DELETE"):
        for name in ("If-Match", "If-None-Match"):
            response = stranger.send(
                method, path, json={} if method == "PATCH" else None, headers={name: tag}
            )
            assert response.status_code == 404


def test_a_list_has_no_tag(client: ApiClient) -> None:
    assert "ETag" not in client.get("monitors").headers


def test_where_it_is_required_a_change_without_is_428(
    serve: Serve, settings: Settings, transaction: Transactions
) -> None:
    app = serve(settings.model_copy(update={"require_if_match": True}), transaction)
    client = ApiClient(app).register("ada@example.test")
    path = f"monitors/{client.make_monitor()['id']}"
    assert change(client, path, "Other") == 428
    assert client.delete(path).status_code == 428
    assert change(client, path, "Other", etag(client, path)) == 200


@pytest.mark.committed
def test_of_two_who_change_the_same_at_once_one_is_told(serve: Serve, committed: Engine) -> None:
    del committed
    app = serve(load())
    client = ApiClient(app).register("ada@example.test")
    path = f"monitors/{client.make_monitor()['id']}"
    for _ in range(5):
        assert sorted(_at_once(app, client, path)) == [200, 412, 412, 412]


def _at_once(app: Flask, client: ApiClient, path: str) -> list[int]:
    tag, answers, start = etag(client, path), list[int](), threading.Barrier(4)

    def ask(name: str) -> None:
        one = ApiClient(app)
        one.token = client.token
        start.wait()
        answers.append(change(one, path, name, tag))

    threads = [threading.Thread(target=ask, args=[f"{tag} {number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers
