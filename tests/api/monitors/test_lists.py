"""Lists of monitors: search, filters, orders, pages, and how few queries they take."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event, update
from sqlalchemy.orm import Session

from domain.evaluation.state import State
from models import MonitorState
from tests.api.client import ApiClient, body_of


def names(client: ApiClient, **query: object) -> list[str]:
    return [monitor["name"] for monitor in client.read("monitors", **query)["items"]]


@pytest.fixture
def shelf(client: ApiClient) -> ApiClient:
    """Make a client with three monitors: a, B and c%."""
    client.make_monitor(name="a", url="https://one.test/", tags=["shop"])
    client.make_monitor(name="B", url="https://two.test/", tags=["shop", "eu"], paused=True)
    client.make_monitor(name="c%", url="https://three.test/")
    return client


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["c%", "B", "a"]),
        ({"q": "ONE.test"}, ["a"]),
        ({"q": "b"}, ["B"]),
        ({"q": "%"}, ["c%"]),
        ({"q": "_"}, []),
        ({"q": "EU"}, ["B"]),
        ({"tag": "shop"}, ["B", "a"]),
        ({"tag": "sho"}, []),
        ({"paused": "true"}, ["B"]),
        ({"state": "paused"}, ["B"]),
        ({"state": ["paused", "pending"]}, ["c%", "B", "a"]),
        ({"kind": "http"}, ["c%", "B", "a"]),
        ({"kind": "dns"}, []),
        ({"order": "created_at"}, ["a", "B", "c%"]),
        ({"q": "'; DROP TABLE monitors; --"}, []),
    ],
)
def test_a_list_holds_what_was_asked_for(
    shelf: ApiClient, query: dict[str, object], found: list[str]
) -> None:
    assert names(shelf, **query) == found


def test_the_order_by_state_puts_first_what_needs_attention(
    shelf: ApiClient, session: Session
) -> None:
    session.execute(
        update(MonitorState).where(MonitorState.state == State.PAUSED).values(state=State.DOWN)
    )
    session.commit()
    assert names(shelf, order="state")[0] == "B"
    assert names(shelf, order="-state")[-1] == "B"


def test_a_list_can_be_in_the_order_of_the_names(client: ApiClient) -> None:
    for name in ("b", "c", "a"):
        client.make_monitor(name=name)
    assert names(client, order="name") == ["a", "b", "c"]
    assert names(client, order="-name") == ["c", "b", "a"]


def test_a_list_can_be_of_one_contact_group(shelf: ApiClient) -> None:
    group = shelf.make("contact-groups", name="On call")
    shelf.make_monitor(name="notified", contact_group_ids=[group["id"]])
    assert names(shelf, contact_group_id=group["id"]) == ["notified"]


@pytest.mark.parametrize("order", ["name", "-name", "state", "-state", "created_at", "-created_at"])
@pytest.mark.parametrize("limit", [1, 2, 3])
def test_pages_show_each_monitor_once_in_order(shelf: ApiClient, order: str, limit: int) -> None:
    shelf.make_monitor(name="a")
    whole = names(shelf, order=order)
    seen: list[str] = []
    query: dict[str, object] = {"order": order, "limit": limit}
    while True:
        page = shelf.read("monitors", **query)
        seen += [monitor["name"] for monitor in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == whole


def test_the_last_full_page_has_no_cursor(shelf: ApiClient) -> None:
    assert shelf.read("monitors", limit=3)["next_cursor"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"order": "colour"}, "order"),
        ({"state": "sideways"}, "state"),
        ({"paused": "perhaps"}, "paused"),
        ({"contact_group_id": "5"}, "contact_group_id"),
        ({"q": ""}, "q"),
        ({"q": "nul\x00"}, "q"),
        ({"colour": "red"}, "colour"),
        ({"organization_id": "1"}, "organization_id"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "WyJtb25pdG9yczpuYW1lIl0"}, "cursor"),
        ({"cursor": "W" * 3000}, "cursor"),
    ],
)
def test_a_bad_query_is_named(client: ApiClient, query: dict[str, str], field: str) -> None:
    response = client.get("monitors", **query)
    assert response.status_code == 422, response.text
    assert [path.split(".")[0] for path in body_of(response)["errors"]] == [field]


def test_a_cursor_of_another_order_is_refused(shelf: ApiClient) -> None:
    cursor = shelf.read("monitors", limit=1, order="name")["next_cursor"]
    assert shelf.get("monitors", order="-name", cursor=cursor).status_code == 422


def test_a_cursor_of_another_organization_shows_nothing(
    shelf: ApiClient, stranger: ApiClient
) -> None:
    cursor = shelf.read("monitors", limit=1)["next_cursor"]
    stranger.make_monitor()
    assert stranger.read("monitors", cursor=cursor)["items"] == []


def test_a_list_takes_the_same_number_of_queries_however_long_it_is(
    shelf: ApiClient, connection: Connection
) -> None:
    with counted(connection) as few:
        shelf.read("monitors")
    group = shelf.make("contact-groups", name="On call")
    shelf.post(
        "monitors/bulk",
        {
            "mode": "all",
            "monitors": [
                {
                    "name": str(number),
                    "url": "https://shop.test/",
                    "contact_group_ids": [group["id"]],
                }
                for number in range(60)
            ],
        },
    )
    with counted(connection) as many:
        assert len(shelf.read("monitors", limit=50)["items"]) == 50
    assert len(many) == len(few) <= 9


@contextmanager
def counted(connection: Connection) -> Iterator[list[str]]:
    """Collect the statements that are sent, without the savepoints that stand for transactions."""
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)
