"""Monitors over the API: create, show, change, delete."""

from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from models import Monitor
from server.resources import Transactions
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of

SOME_ID = "0b9b1c9e-7a4f-4c0e-9d55-3f2f3c1f6a10"
WHOLE = {
    "name": "Shop",
    "kind": "http",
    "url": "https://shop.test/health",
    "settings": {"method": "POST", "body": "ping", "expected_status": ["200-204", "301"]},
    "tags": ["shop", "eu"],
    "interval_seconds": 30,
    "timeout_seconds": 5,
    "latency_threshold_ms": 800,
    "confirmations": 3,
    "recheck_seconds": 5,
    "recoveries": 2,
    "paused": False,
}


def test_a_monitor_needs_only_a_name_and_a_url(client: ApiClient) -> None:
    monitor = client.make("monitors", name="Shop", url="https://shop.test/")
    assert str(UUID(monitor["id"])) == monitor["id"]
    assert (monitor["kind"], monitor["interval_seconds"], monitor["timeout_seconds"]) == (
        "http",
        60,
        10,
    )
    assert (monitor["confirmations"], monitor["recheck_seconds"], monitor["recoveries"]) == (
        2,
        10,
        1,
    )
    assert monitor["settings"]["expected_status"] == ["200-299"]
    assert monitor["state"]["state"] == "pending"
    assert monitor["state"]["last_check_at"] is None
    assert monitor["created_at"].endswith("Z")


def test_what_was_given_is_what_is_shown(client: ApiClient) -> None:
    made = client.make("monitors", **WHOLE)
    shown = client.read(f"monitors/{made['id']}")
    assert shown == made
    for name, value in WHOLE.items():
        if name != "settings":
            assert shown[name] == value
    assert shown["settings"]["body"] == "ping"


@pytest.mark.parametrize(("interval", "timeout"), [(5, 4), (10, 9), (11, 10), (86_400, 10)])
def test_the_usual_timeout_fits_into_the_interval(
    client: ApiClient, interval: int, timeout: int
) -> None:
    monitor = client.make_monitor(interval_seconds=interval)
    assert monitor["timeout_seconds"] == timeout


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ""),
        ("url", "shop.test"),
        ("url", "ftp://shop.test/"),
        ("url", "javascript:alert(1)"),
        ("url", "https://"),
        ("url", "https:///path"),
        ("url", "https://user:secret@shop.test/"),
        ("url", "https://shop.test/a b"),
        ("url", "https://shop.test/\r\nHost: other"),
        ("url", "https://shop.test:0/"),
        ("url", "https://shop.test:65536/"),
        ("url", "https://shop.test/" + "a" * 3000),
        ("url", 5),
        ("url", None),
        ("name", ""),
        ("name", "   "),
        ("name", "two\r\nlines"),
        ("name", "nul\x00"),
        ("name", "half a pair \ud800"),
        ("name", "x" * 201),
        ("kind", "gopher"),
        ("kind", None),
        ("interval_seconds", 4),
        ("interval_seconds", 86_401),
        ("interval_seconds", -1),
        ("interval_seconds", 10**30),
        ("interval_seconds", 60.5),
        ("interval_seconds", "60"),
        ("interval_seconds", True),
        ("timeout_seconds", 0),
        ("timeout_seconds", 31),
        ("latency_threshold_ms", 0),
        ("latency_threshold_ms", 10**9),
        ("confirmations", 0),
        ("confirmations", 11),
        ("recheck_seconds", 0),
        ("recoveries", 11),
        ("paused", "yes"),
        ("tags", "shop"),
        ("tags", [5]),
        ("tags", ["x" * 51]),
        ("tags", ["t"] * 21),
        ("settings", []),
        ("settings", "GET"),
        ("contact_group_ids", ["no-uuid"]),
        ("contact_group_ids", [SOME_ID]),
        ("id", SOME_ID),
        ("organization_id", 1),
        ("state", "up"),
        ("colour", "red"),
    ],
)
def test_a_bad_value_is_named_and_nothing_is_stored(
    client: ApiClient, session: Session, field: str, value: object
) -> None:
    response = client.post("monitors", {"name": "Shop", "url": "https://shop.test/", field: value})
    assert response.status_code == 422, response.text
    assert response.mimetype == "application/problem+json"
    assert [path.split(".")[0] for path in body_of(response)["errors"]] == [field]
    assert session.scalars(select(Monitor)).all() == []


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"method": "BREW"}, "settings.method"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, "settings.headers"),
        ({"headers": {"Host": "other.test"}}, "settings.headers"),
        ({"headers": {"Authorization": "Bearer x"}}, "settings.headers"),
        ({"expected_status": ["99"]}, "settings.expected_status"),
        ({"max_redirects": 11}, "settings.max_redirects"),
        ({"max_redirects": 10**400}, "settings.max_redirects"),
        ({"unheard_of": 1}, "settings.unheard_of"),
        ({"verify_tls": "no"}, "settings.verify_tls"),
    ],
)
def test_a_bad_setting_of_the_kind_is_named_by_its_path(
    client: ApiClient, given: dict[str, object], path: str
) -> None:
    response = client.post("monitors", {**WHOLE, "settings": given})
    assert response.status_code == 422
    assert any(named.startswith(path) for named in body_of(response)["errors"]), response.text


def test_a_timeout_must_be_less_than_the_interval(client: ApiClient) -> None:
    response = client.post("monitors", {**WHOLE, "interval_seconds": 10, "timeout_seconds": 10})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["timeout_seconds"]


def test_everything_that_is_wrong_is_said_at_once(client: ApiClient) -> None:
    response = client.post("monitors", {"url": "https://shop.test/", "confirmations": 0, "x": 1})
    assert set(body_of(response)["errors"]) == {"name", "confirmations", "x"}


def test_a_change_leaves_the_rest_as_it_was(client: ApiClient) -> None:
    before = client.make("monitors", **WHOLE)
    response = client.patch(f"monitors/{before['id']}", {"name": "Store"})
    assert response.status_code == 200
    after = body_of(response)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"name", "updated_at"}


def test_changed_settings_are_laid_over_the_others(client: ApiClient) -> None:
    monitor = client.make("monitors", **WHOLE)
    response = client.patch(f"monitors/{monitor['id']}", {"settings": {"method": "PUT"}})
    settings = body_of(response)["settings"]
    assert (settings["method"], settings["body"]) == ("PUT", "ping")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"interval_seconds": 5}, "timeout_seconds"),
        ({"timeout_seconds": 30}, "timeout_seconds"),
        ({"name": None}, "name"),
        ({"url": "nothing"}, "url"),
        ({"settings": {"method": "GET"}}, "settings"),
        ({"id": SOME_ID}, "id"),
    ],
)
def test_a_bad_change_changes_nothing(
    client: ApiClient, changes: dict[str, object], field: str
) -> None:
    before = client.make("monitors", **WHOLE)
    response = client.patch(f"monitors/{before['id']}", changes)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [field]
    assert client.read(f"monitors/{before['id']}") == before


def test_a_deleted_monitor_is_nowhere_any_more(client: ApiClient) -> None:
    monitor = client.make_monitor()
    path = f"monitors/{monitor['id']}"
    assert client.delete(path).status_code == 204
    assert client.read("monitors")["items"] == []
    for missing in ("", "/checks", "/incidents", "/uptime", "/latency"):
        assert client.get(path + missing).status_code == 404
    for action in ("/pause", "/resume", "/check"):
        assert client.post(path + action).status_code == 404
    assert client.patch(path, {"name": "Store"}).status_code == 404
    assert client.delete(path).status_code == 404


def test_pause_and_resume_can_be_repeated(client: ApiClient) -> None:
    path = f"monitors/{client.make_monitor()['id']}"
    for action, state in (("pause", "paused"), ("resume", "pending")):
        for _ in range(2):
            response = client.post(f"{path}/{action}")
            assert response.status_code == 200
            assert body_of(response)["state"]["state"] == state
            assert body_of(response)["paused"] == (action == "pause")


def test_a_monitor_can_be_created_paused_and_resumed_by_a_change(client: ApiClient) -> None:
    monitor = client.make_monitor(paused=True)
    assert monitor["state"]["state"] == "paused"
    response = client.patch(f"monitors/{monitor['id']}", {"paused": False})
    assert body_of(response)["state"]["state"] == "pending"


def test_a_check_on_request_says_when_it_is_due(client: ApiClient) -> None:
    path = f"monitors/{client.make_monitor()['id']}"
    response = client.post(f"{path}/check")
    assert response.status_code == 202
    assert body_of(response)["checked_at"].endswith("Z")


def test_a_paused_monitor_is_not_checked_on_request(client: ApiClient) -> None:
    path = f"monitors/{client.make_monitor(paused=True)['id']}"
    response = client.post(f"{path}/check")
    assert response.status_code == 409
    assert "paused" in body_of(response)["detail"]


def test_a_monitor_tells_its_contact_groups(client: ApiClient) -> None:
    group = client.make("contact-groups", name="On call")
    monitor = client.make_monitor(contact_group_ids=[group["id"], group["id"]])
    assert monitor["contact_group_ids"] == [group["id"]]
    assert client.read(f"contact-groups/{group['id']}")["monitor_ids"] == [monitor["id"]]
    response = client.patch(f"monitors/{monitor['id']}", {"contact_group_ids": []})
    assert body_of(response)["contact_group_ids"] == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.0.0.8", "intranet"])
def test_where_only_public_sites_may_be_watched_others_are_refused_at_once(
    applications: Applications, settings: Settings, transaction: Transactions, host: str
) -> None:
    strict = settings.model_copy(update={"egress_policy": "public"})
    with applications.serving(strict, transaction) as app:
        client = ApiClient(app).register("ada@example.test")
        response = client.post("monitors", {"name": "Ours", "url": f"http://{host}/"})
        assert response.status_code == 422
        assert list(body_of(response)["errors"]) == ["url"]
        made = client.make_monitor(url="http://shop.example.com/")
        assert made["url"] == "http://shop.example.com/"
        steps = [{}, {"url": f"http://{host}/b"}]
        multistep = {"kind": "multistep", "settings": {"steps": steps}}
        response = client.patch(f"monitors/{made['id']}", multistep)
        assert list(body_of(response)["errors"]) == ["settings.steps.1.url"]
