"""The pages of the audit log: the list with its filters, one entry, the export, and who sees them."""

import json

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Organization
from services.plans import changes as plan_changes
from tests.api.machines.callers import join
from tests.services.outage import NOW
from tests.web.reader import Reader


@pytest.fixture
def changed(ada: Reader) -> str:
    """Rename a monitor, and return its id."""
    made = ada.api.make_monitor(name="Checkout")
    ada.api.patch(f"monitors/{made['id']}", {"name": "Till", "tags": ["<b>shop</b>"]})
    return str(made["id"])


def rows(reader: Reader, **query: object) -> list[str]:
    found = reader.get("/audit", **query).select("#audit-list a[data-open]")
    return [each.get_text() for each in found]


def test_an_empty_log_says_what_will_be_in_it(ada: Reader) -> None:
    page = ada.get("/audit")
    assert "Every change that a person or a machine makes" in page.text
    assert page.select('a[href="/audit/chain.ndjson"]') == []


@pytest.mark.usefixtures("changed")
def test_the_list_is_narrowed_by_words_noun_way_and_time(ada: Reader) -> None:
    assert rows(ada) == ["monitor.updated", "monitor.created"]
    assert rows(ada, q="till") == ["monitor.updated"]
    assert rows(ada, noun="monitor") == ["monitor.updated", "monitor.created"]
    assert rows(ada, noun="slo") == rows(ada, via="app") == []
    assert len(rows(ada, days="1", ip="127.0.0.1")) == 2
    assert "No entry matches" in ada.get("/audit", q="nobody").text


def test_an_entry_shows_what_was_before_and_after(ada: Reader, changed: str) -> None:
    entry = ada.api.read("audit-entries")["items"][0]
    page = ada.get(f"/audit/{entry['id']}")
    assert (page.title, page.one(".kick code").get_text()) == ("Monitor", "monitor.updated")
    assert "name Checkout Till" in page.text
    assert "<b>shop</b>" in page.text
    assert page.select(f'a[href="/audit?target={changed}"]')
    assert "ada@example.test" in page.text


@pytest.mark.usefixtures("changed")
def test_the_chain_is_a_file_to_download(ada: Reader) -> None:
    first = ada.get("/audit/chain.ndjson").response
    assert first.headers["Content-Disposition"].startswith("attachment")
    assert [json.loads(line)["content"]["sequence"] for line in first.text.splitlines()] == [1, 2]
    assert ada.get("/audit/chain.ndjson", after="2").response.text == ""


@pytest.mark.usefixtures("changed")
def test_an_act_of_a_form_is_recorded_once_and_a_refused_one_never(
    ada: Reader, changed: str
) -> None:
    ada.post(f"/monitors/{changed}/pause")
    ada.post(f"/monitors/{changed}/edit", name="")
    ada.post("/monitors/bulk", act="pause")
    assert rows(ada, via="app") == ["monitor.paused"]


@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_those_without_the_permission_see_neither_page_nor_link(
    app: Flask, ada: Reader, role: str
) -> None:
    join(ada.api, app, "olga", role)
    olga = Reader(app).log_in("olga@example.test")
    assert olga.get("/audit").status == 403
    assert olga.get("/settings").select('a[href="/audit"]') == []


def test_a_plan_without_the_log_says_so(ada: Reader, session: Session) -> None:
    (owner,) = session.scalars(select(Organization.id))
    plan_changes.override(session, owner, {"audit": 0}, now=NOW)
    session.commit()
    page = ada.get("/audit")
    assert (page.status, page.title) == (409, "Not part of your plan")
