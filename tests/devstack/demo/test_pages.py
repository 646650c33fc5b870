"""The demo as a newcomer sees it: every page answers, and shows the story."""

from collections.abc import Iterator

import pytest
from celery import Celery
from flask import Flask
from sqlalchemy import Connection

from config import demo
from config.settings import load
from server.resources import Transactions
from tests.api.applications import Applications
from tests.devstack.demo.made import PASSWORD
from tests.web.reader import Reader, Seen


@pytest.fixture
def connection(shop: Connection) -> Iterator[Connection]:
    with shop.begin_nested() as savepoint:
        yield shop
        savepoint.rollback()


@pytest.fixture
def app(applications: Applications, transaction: Transactions, celery: Celery) -> Iterator[Flask]:
    del celery  # Its broker is empty; what a request wrote is told to relays there.
    with applications.serving(load(), transaction) as app:
        yield app


@pytest.fixture
def reader(app: Flask) -> Reader:
    return Reader(app).log_in(demo.EMAIL, PASSWORD)


def links(page: Seen, prefix: str) -> list[str]:
    """Return the addresses of the page's own links that begin like this, each once."""
    found = [str(each["href"]) for each in page.select(f'main a[href^="{prefix}"]')]
    return list(dict.fromkeys(each.partition("?")[0] for each in found))


def test_the_first_page_shows_what_is_wrong_and_who_is_on_duty(reader: Reader) -> None:
    seen = reader.get("/")
    assert seen.status == 200
    for words in ("Product search", "Images CDN", "nightly-backup", "On duty", "Stocktaking"):
        assert words in seen.text
    assert "is sample data" in seen.one(".demo").get_text()


def test_every_monitor_has_a_page(reader: Reader) -> None:
    listed = reader.get("/monitors")
    pages = [each for each in links(listed, "/monitors/") if len(each.split("/")[2]) == 36]
    assert len(set(pages)) >= 13
    for path in pages:
        assert reader.get(path).status == 200, path


def test_every_incident_has_a_page_with_its_timeline(reader: Reader) -> None:
    pages = links(reader.get("/incidents", state="all"), "/incidents/")
    assert len(pages) > 15
    for path in pages:
        seen = reader.get(path)
        assert seen.status == 200, path
        assert "Notified" in seen.text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/deliveries", "chiara@example.com"),
        ("/on-call", "Shop on call"),
        ("/on-call/policies", "Shop is down"),
        ("/contacts", "Chiara Rossi"),
        ("/reports", "Reports"),
    ],
)
def test_each_list_shows_something(reader: Reader, path: str, words: str) -> None:
    seen = reader.get(path)
    assert seen.status == 200
    assert words in seen.text
