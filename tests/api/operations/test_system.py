"""The routes for operators, and the pages for people."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.orm import Session

from config.settings import Settings
from models import DispatchShard
from models.session import database_now
from server.resources import Transactions
from tests.api.applications import Serve
from tests.api.client import ApiClient, body_of


def set_watermark(session: Session, seconds_ago: float) -> None:
    now = database_now(session).timestamp()
    session.execute(update(DispatchShard).values(watermark=int(now - seconds_ago)))
    session.commit()


@pytest.fixture
def production(serve: Serve, settings: Settings, transaction: Transactions) -> Flask:
    return serve(settings.model_copy(update={"environment": "production"}), transaction)


def test_a_living_process_is_healthy(anybody: ApiClient) -> None:
    assert anybody.read("/healthz") == {"status": "ok"}


def test_it_is_ready_when_every_part_is(anybody: ApiClient, session: Session) -> None:
    set_watermark(session, 1)
    parts = [
        *("database", "beat", "deliveries", "partitions", "checks", "regions", "archive"),
        *("redis", "queues"),
    ]
    assert anybody.read("/readyz") == {"status": "ready", "parts": parts}


def test_it_is_not_ready_while_no_checks_are_published(
    anybody: ApiClient, session: Session
) -> None:
    set_watermark(session, 60)
    response = anybody.get("/readyz")
    assert response.status_code == 503
    assert list(body_of(response)["errors"]) == ["beat"]
    assert "No checks have been published for 6" in body_of(response)["errors"]["beat"][0]


@pytest.mark.abuse(88)
@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.2.3", "::1", "93.184.216.34", ""])
@pytest.mark.parametrize("authorization", [{}, {"Authorization": "Bearer "}])
def test_without_a_token_nobody_reads_the_metrics_of_production(
    production: Flask, peer: str, authorization: dict[str, str]
) -> None:
    """A proxy is a neighbour as well, and need not say whom it serves."""
    response = ApiClient(production).send(
        "GET", "/metrics", headers=authorization, environ_overrides={"REMOTE_ADDR": peer}
    )
    assert response.status_code == 404


@pytest.mark.abuse(88)
@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ({"Authorization": "Bearer of-the-operator"}, 200),
        ({"Authorization": "Bearer of-somebody"}, 404),
        ({"Authorization": "Bearer of-the-operat\u00f6r"}, 404),
        ({"Authorization": "Basic b3A6b3A="}, 404),
        ({}, 404),
    ],
)
def test_a_metrics_token_is_the_only_way_to_the_metrics(
    serve: Serve,
    settings: Settings,
    transaction: Transactions,
    authorization: dict[str, str],
    status: int,
) -> None:
    token = SecretStr("of-the-operator")
    update = {"environment": "production", "metrics_token": token}
    app = serve(settings.model_copy(update=update), transaction)
    response = ApiClient(app).send("GET", "/metrics", headers=authorization)
    assert response.status_code == status


def test_the_documentation_comes_from_this_host_without_inline_scripts(anybody: ApiClient) -> None:
    text = anybody.get("/api/docs").text
    assert "<script>" not in text
    assert "://" not in text
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js"):
        assert f'"/assets/{asset}"' in text
        with anybody.get(f"/assets/{asset}") as response:
            assert response.status_code == 200
            assert response.content_length


@pytest.mark.parametrize("name", ["index.html", "../app.py", "..%2fapp.py", "docs.js/"])
def test_nothing_else_is_served_as_an_asset(anybody: ApiClient, name: str) -> None:
    assert anybody.get(f"/assets/{name}").status_code == 404


@pytest.fixture
def inbox(
    serve: Serve, settings: Settings, transaction: Transactions, tmp_path: Path
) -> Callable[[], ApiClient]:
    """Mails and texts as the local sinks keep them."""
    mails, texts = tmp_path / "inbox" / "mail", tmp_path / "inbox" / "sms"
    mails.mkdir(parents=True)
    texts.mkdir()
    for number, subject in enumerate(("Down: <b>Shop</b>", "Up: Shop")):
        (mails / f"2026010{number}.eml").write_text(
            f"From: alerts@example.test\nTo: ada@example.test\nSubject: {subject}\n\nWords {number}."
            f" http://127.0.0.1:8000/links/confirm/aw-_{number}. <i>http://127.0.0.1</i>"
        )
    words = "http://127.0.0.1/l/1 <script>alert(1)</script>"
    (texts / "20260101.json").write_text(
        json.dumps({"to": "+4915112345678", "from": "+1", "body": words})
    )
    (texts / ".20260102.json.part").write_text("{")
    app = serve(settings.model_copy(update={"var_dir": tmp_path}), transaction)
    return lambda: ApiClient(app)


def test_the_inbox_shows_mails_and_texts_newest_first(inbox: Callable[[], ApiClient]) -> None:
    response = inbox().send("GET", "/dev/inbox", headers={"Accept": "application/json"})
    received = body_of(response)
    assert [mail["subject"] for mail in received["mails"]] == ["Up: Shop", "Down: <b>Shop</b>"]
    assert received["mails"][1]["text"].startswith("Words 0.")
    assert [text["to"] for text in received["texts"]] == ["+4915112345678"]


@pytest.mark.abuse(68)
def test_the_inbox_page_escapes_what_it_shows(inbox: Callable[[], ApiClient]) -> None:
    response = inbox().send("GET", "/dev/inbox", headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.mimetype == "text/html"
    assert "&lt;script&gt;" in response.text
    assert "<script>alert" not in response.text
    assert "<b>Shop" not in response.text
    assert "<i>" not in response.text


def test_the_links_of_what_the_inbox_shows_can_be_followed(inbox: Callable[[], ApiClient]) -> None:
    text = inbox().send("GET", "/dev/inbox", headers={"Accept": "text/html,*/*;q=0.8"}).text
    for link in ("http://127.0.0.1:8000/links/confirm/aw-_0", "http://127.0.0.1/l/1"):
        assert f'href="{link}"' in text


def test_an_inbox_that_is_not_there_yet_is_empty(
    serve: Serve, settings: Settings, transaction: Transactions, tmp_path: Path
) -> None:
    app = serve(settings.model_copy(update={"var_dir": tmp_path}), transaction)
    response = ApiClient(app).send("GET", "/dev/inbox", headers={"Accept": "application/json"})
    assert body_of(response) == {"mails": [], "texts": []}


def test_production_has_no_inbox(production: Flask) -> None:
    assert ApiClient(production).get("/dev/inbox").status_code == 404
