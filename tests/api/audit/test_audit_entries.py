"""Reading the audit log: filters, pages, who may, and the export that a script verifies."""

import importlib.util
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery, Organization
from services.plans import changes
from tests.api.client import ApiClient, body_of
from tests.conftest import ROOT
from tests.services.outage import NOW

EXAMPLE = ROOT / "docs" / "guide" / "examples" / "verify_audit_log.py"


@pytest.fixture
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_audit_log", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def monitor(client: ApiClient) -> dict[str, Any]:
    made = client.make_monitor(name="Checkout of Zürich")
    client.patch(f"monitors/{made['id']}", {"name": "Checkout", "interval_seconds": 300})
    client.make("contact-groups", name="Night shift")
    return made


def _actions(client: ApiClient, **query: object) -> list[str]:
    return [each["action"] for each in client.read("audit-entries", **query)["items"]]


def test_an_entry_shows_who_changed_what_before_and_after(
    client: ApiClient, monitor: dict[str, Any]
) -> None:
    (entry,) = client.read("audit-entries", action="monitor.updated")["items"]
    assert entry["actor"] == {
        "kind": "user",
        "id": client.read("me")["user"]["id"],
        "label": "ada@example.test",
    }
    assert entry["target"] == {"kind": "monitor", "id": monitor["id"], "label": "Checkout"}
    (change,) = entry["changes"]
    assert change["before"] == {"interval_seconds": 60, "name": "Checkout of Zürich"}
    assert change["after"] == {"interval_seconds": 300, "name": "Checkout"}
    assert client.read(f"audit-entries/{entry['id']}") == entry


@pytest.mark.usefixtures("monitor")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action": "monitor.*"}, ["monitor.updated", "monitor.created"]),
        ({"action": "monitor.created"}, ["monitor.created"]),
        ({"action": "monito.*"}, []),
        ({"q": "zürich"}, ["monitor.created"]),
        ({"q": "CHECK updated"}, ["monitor.updated"]),
        ({"q": "night ada"}, ["contact_group.created"]),
        ({"q": "night nobody"}, []),
        ({"q": "!!"}, []),
        ({"q": "') | 'x"}, []),
        ({"via": "api_key"}, []),
        ({"ip": "127.0.0.1", "action": "contact_group.*"}, ["contact_group.created"]),
        ({"ip": "192.0.2.1"}, []),
        ({"to": "2026-01-01T00:00:00Z"}, []),
    ],
    ids=str,
)
def test_a_filter_finds(client: ApiClient, query: dict[str, str], found: list[str]) -> None:
    assert _actions(client, **query) == found


def test_it_filters_by_actor_and_target(client: ApiClient, monitor: dict[str, Any]) -> None:
    mine = client.read("me")["user"]["id"]
    assert len(_actions(client, actor_id=mine)) == 3
    assert _actions(client, actor_id=monitor["id"]) == []
    assert _actions(client, target_id=monitor["id"]) == ["monitor.updated", "monitor.created"]


@pytest.mark.usefixtures("monitor")
def test_pages_follow_one_another(client: ApiClient) -> None:
    seen: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.read("audit-entries", limit=1, **cursor)
        seen += [each["sequence"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == [3, 2, 1]
    assert client.get("audit-entries", cursor="x").status_code == 422


@pytest.mark.usefixtures("monitor")
def test_another_organization_sees_none_of_it(client: ApiClient, stranger: ApiClient) -> None:
    (entry, *_) = client.read("audit-entries")["items"]
    assert _actions(stranger) == []
    assert _actions(stranger, q="checkout") == []
    assert stranger.get(f"audit-entries/{entry['id']}").status_code == 404
    assert stranger.get("audit-entries/chain").data == b""


@pytest.mark.usefixtures("monitor")
def test_the_exported_chain_verifies_with_the_example_and_a_changed_one_does_not(
    client: ApiClient, example: ModuleType
) -> None:
    lines = client.get("audit-entries/chain").text.splitlines()
    assert client.get("audit-entries/chain", after=len(lines)).text == ""
    assert example.verify(lines) == 3
    last = json.loads(lines[-1])
    assert example.verify(lines, f"3:{last['hash']}") == 3
    harms: list[Callable[[list[str]], list[str]]] = [
        lambda all_of_it: [all_of_it[0], all_of_it[2]],
        lambda all_of_it: [all_of_it[1], all_of_it[0], all_of_it[2]],
        lambda all_of_it: [line.replace("300", "30") for line in all_of_it],
        lambda all_of_it: [line.replace("127.0.0.1", "127.0.0.2") for line in all_of_it],
        lambda all_of_it: [line.replace('"id": "', '"id": "0', 1) for line in all_of_it],
    ]
    for harm in harms:
        with pytest.raises(ValueError, match="entry"):
            example.verify(harm(lines))
    with pytest.raises(ValueError, match="there is no entry"):
        example.verify(lines, f"3:{'0' * 64}")


def test_an_event_posts_each_entry_to_those_who_name_it(
    client: ApiClient, session: Session
) -> None:
    for name, events in (("SIEM", ["audit.recorded"]), ("Robot", ["*"])):
        body = {"name": name, "url": f"https://{name.lower()}.test/", "events": events}
        client.make("event-subscriptions", **body)
    client.make("contact-groups", name="Night shift")
    found = [
        json.loads(each.facts["document"])
        for each in session.scalars(select(Delivery).order_by(Delivery.id))
    ]
    posted = [each["data"] for each in found if each["type"] == "audit.recorded"]
    assert [each["action"] for each in posted] == [
        "event_subscription.created",
        "event_subscription.created",
        "contact_group.created",
    ]
    (last, *_) = client.read("audit-entries")["items"]
    assert (posted[-1]["hash"], posted[-1]["sequence"]) == (last["hash"], last["sequence"])


@pytest.mark.abuse(74)
def test_who_may_not_read_the_log_can_neither_have_it_posted_nor_take_over_who_gets_it(
    client: ApiClient, app: Flask
) -> None:
    robot = ApiClient(app)
    scopes = ["event:read", "event:write"]
    robot.token = client.make("api-keys", name="Robot", scopes=scopes)["key"]
    body = {"name": "SIEM", "url": "https://siem.test/", "events": ["audit.*"]}
    assert robot.post("event-subscriptions", body).status_code == 403
    mine = f"event-subscriptions/{client.make('event-subscriptions', **body)['id']}"
    other = {**body, "url": "https://own.test/", "events": ["*"]}
    own = f"event-subscriptions/{robot.make('event-subscriptions', **other)['id']}"
    assert robot.patch(own, {"events": ["audit.recorded"]}).status_code == 403
    assert robot.patch(mine, {"url": "https://elsewhere.test/"}).status_code == 403
    acts = [("POST", "/rotate"), ("DELETE", "/rotate"), ("POST", "/enable"), ("DELETE", "")]
    for method, act in acts:
        refused = robot.send(method, f"{mine}{act}")
        assert refused.status_code == 403, act
        assert "audit:read" in body_of(refused)["detail"], act
    assert robot.send("POST", f"{own}/rotate").status_code == 200
    assert client.send("POST", f"{mine}/rotate").status_code == 200


def test_a_plan_without_the_log_records_but_neither_shows_nor_posts_it(
    client: ApiClient, session: Session
) -> None:
    body = {"name": "SIEM", "url": "https://siem.test/", "events": ["audit.*"]}
    client.make("event-subscriptions", **body)
    (owner,) = session.scalars(select(Organization.id))
    changes.override(session, owner, {"audit": 0}, now=NOW)
    session.commit()
    client.make("contact-groups", name="Night shift")
    for path in ("audit-entries", "audit-entries/chain", f"audit-entries/{uuid4()}"):
        refused = client.get(path)
        assert (refused.status_code, body_of(refused)["limit"]) == (409, "audit"), path
    assert len(session.scalars(select(Delivery)).all()) == 1
    changes.override(session, owner, {"audit": None}, now=NOW)
    session.commit()
    assert _actions(client)[0] == "contact_group.created"
