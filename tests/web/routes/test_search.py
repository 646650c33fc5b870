"""The search of everything: what it finds, for whom, and what it costs."""

import pytest
from flask import Flask
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from models import Organization
from models.session import database_now
from services.monitors import search
from tests.api.machines.callers import join
from tests.web import outages
from tests.web.reader import Reader, Seen

SCRIPT = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


def hits(seen: Seen) -> list[str]:
    return [str(each["href"]) for each in seen.select("#results a")]


def test_monitors_incidents_and_contacts_are_found_by_a_part_of_their_names(
    ada: Reader, session: Session
) -> None:
    group = outages.bob(session, ada)
    incident = outages.begin(session, ada, "Bobsled shop", contact_group_ids=[group])
    monitor = ada.api.read("monitors")["items"][0]["id"]
    contact = ada.api.read("contacts")["items"][0]["id"]
    assert hits(ada.get("/search", q="bob")) == [
        f"/monitors/{monitor}",
        f"/incidents/{incident.public_id}",
        f"/contacts/{contact}",
    ]
    assert hits(ada.get("/search", q="bob@example")) == [f"/contacts/{contact}"]


def test_what_begins_with_the_letters_comes_first(ada: Reader) -> None:
    for name in ("A shop", "Shop", "Mail"):
        ada.api.make_monitor(name=name, url="https://example.com/")
    seen = ada.get("/search", q="shop")
    assert [each.find("b").get_text() for each in seen.select("#results a")] == ["Shop", "A shop"]  # type: ignore[union-attr]


def test_pages_and_acts_are_found_in_the_language_of_the_reader(ada: Reader) -> None:
    assert hits(ada.get("/search", q="maintenance")) == ["/maintenance", "/maintenance/new"]


def test_without_letters_there_are_the_ways_to_go(ada: Reader) -> None:
    found = hits(ada.get("/search"))
    assert found[0] == "/"
    assert len(found) == 10


@pytest.mark.parametrize("q", ["%", "_", "\\", "x" * 5000, "'"])
def test_letters_that_mean_something_to_a_database_are_letters(ada: Reader, q: str) -> None:
    ada.api.make_monitor(name="Shop", url="https://example.com/")
    seen = ada.get("/search", q=q)
    assert seen.status == 200
    ways = {"/monitors/new", "/monitors/import"}
    assert not [each for each in hits(seen) if "/monitors/" in each and each not in ways]


def test_at_most_ten_answers_are_given(ada: Reader, session: Session) -> None:
    for number in range(8):
        outages.begin(session, ada, f"Maintenance of {number}")
    assert len(hits(ada.get("/search", q="a"))) == 10


def test_a_search_takes_three_statements(
    ada: Reader, session: Session, connection: Connection
) -> None:
    outages.begin(session, ada)
    organization_id = session.query(Organization.id).scalar()
    now = database_now(session)
    seen: list[str] = []
    event.listen(connection, "before_cursor_execute", lambda *told: seen.append(str(told[2])))
    search.find(session, organization_id, "shop", limit=5, now=now)
    assert len(seen) == 3


def test_a_viewer_is_offered_what_the_role_allows(ada: Reader, app: Flask) -> None:
    join(ada.api, app, "vic", "viewer")
    vic = Reader(app).log_in("vic@example.test")
    assert hits(vic.get("/search", q="maintenance")) == ["/maintenance"]


def test_a_stranger_finds_nothing_of_others(ada: Reader, eve: Reader, session: Session) -> None:
    group = outages.bob(session, ada)
    outages.begin(session, ada, "Bobsled", contact_group_ids=[group])
    assert hits(eve.get("/search", q="bob")) == []


@pytest.mark.abuse(68)
def test_markup_of_others_is_text(ada: Reader) -> None:
    ada.api.make_monitor(name=SCRIPT)
    seen = ada.get("/search", q="img")
    assert SCRIPT in seen.text
    assert not seen.select("main script, main img")
