"""What a page that is open asks for: whether anything changed, and the page only if so."""

import socket
from uuid import uuid4

import pytest
from celery import Celery
from flask import Flask
from pydantic import SecretStr
from redis import Redis
from sqlalchemy import Engine

from config.settings import load
from domain.hints import version_key
from tests.api.applications import Serve
from tests.api.machines.callers import join
from tests.web.reader import Reader


@pytest.fixture
def app(serve: Serve, committed: Engine, celery: Celery) -> Flask:
    """Make an application that commits for good, and so tells of it."""
    del committed, celery
    return serve(load())


@pytest.fixture
def ada(app: Flask) -> Reader:
    """Return a reader whose organization has a version already."""
    ada = Reader(app).register()
    change(ada)
    return ada


def _closed() -> SecretStr:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        return SecretStr(f"redis://127.0.0.1:{closed.getsockname()[1]}")


def version(reader: Reader) -> int:
    found = -1
    while found < 0:  # For five seconds of each minute, a page is to fetch itself.
        response = reader.send_get("/live/v")
        assert response.status_code == 200, response.text
        assert response.headers["Cache-Control"] == "no-store"
        answer = response.get_json()
        assert set(answer) == {"v"}
        found = answer["v"]
    return int(found)


def change(reader: Reader) -> None:
    reader.api.make("contact-groups", name=f"Group {uuid4()}", contact_ids=[])


def test_the_version_moves_with_a_change_and_stays_without_one(ada: Reader) -> None:
    before = version(ada)
    assert version(ada) == before
    change(ada)
    after = version(ada)
    assert after > before
    ada.post("/preferences", theme="dark")
    ada.get("/deliveries")
    assert version(ada) == after


def test_a_refused_change_moves_nothing(ada: Reader) -> None:
    before = version(ada)
    assert ada.api.post("/api/v1/contacts", {"name": ""}).status_code == 422
    assert version(ada) == before


def test_every_member_may_ask_and_hears_of_the_own_organization_alone(
    app: Flask, ada: Reader
) -> None:
    join(ada.api, app, "vic", "viewer")
    vic = Reader(app).log_in("vic@example.test")
    eve = Reader(app).register("eve@example.test")
    seen, strange = version(vic), version(eve)
    change(ada)
    assert version(vic) > seen
    assert version(eve) == strange


def test_a_script_without_a_session_is_told_so_and_not_sent_to_the_login(app: Flask) -> None:
    response = Reader(app).send_get("/live/v")
    assert response.status_code == 401
    assert "Location" not in response.headers


def test_a_page_that_did_not_change_is_not_made_again(ada: Reader, app: Flask) -> None:
    first = ada.ask("/deliveries")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-store"
    second = ada.ask("/deliveries", tag)
    # Another 15 seconds may have begun in between.
    assert second.status_code == 304 or second.headers["ETag"] != tag
    assert second.status_code != 304 or second.text == ""
    change(ada)
    third = ada.ask("/deliveries", tag)
    assert third.status_code == 200
    assert third.headers["ETag"] != tag
    others = Reader(app).register("eve@example.test")
    assert others.ask("/deliveries", third.headers["ETag"]).status_code == 200


def test_the_tag_depends_on_all_that_the_page_depends_on(ada: Reader) -> None:
    tags = {
        ada.ask("/deliveries").headers["ETag"],
        ada.ask("/deliveries?state=dead").headers["ETag"],
    }
    for preferred in ({"locale": "de"}, {"zone": "Europe/Vienna"}, {"theme": "dark"}):
        ada.post("/preferences", headers=None, **preferred)
        tags.add(ada.ask("/deliveries").headers["ETag"])
    assert len(tags) == 5


def test_a_page_names_the_version_that_it_shows(ada: Reader) -> None:
    change(ada)
    body = ada.get("/deliveries").one("body")
    assert body["data-version"] == str(version(ada))
    assert body["data-live"] == "/live/events"


def test_without_redis_a_page_has_no_tag_and_the_version_is_unknown(
    serve: Serve, committed: Engine, celery: Celery
) -> None:
    del committed, celery
    settings = load().model_copy(update={"redis_url": _closed()})
    app = serve(settings)
    ada = Reader(app).register()
    page = ada.ask("/deliveries")
    assert page.status_code == 200
    assert "ETag" not in page.headers
    assert ada.send_get("/live/v").status_code == 503


def test_an_emptied_redis_confirms_no_page(ada: Reader, redis: Redis) -> None:
    tag = ada.ask("/deliveries").headers["ETag"]
    redis.flushdb()
    assert redis.get(version_key(1)) is None
    assert ada.ask("/deliveries", tag).status_code == 200
