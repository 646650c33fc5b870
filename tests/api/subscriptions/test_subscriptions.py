"""Event subscriptions over the API."""

from base64 import b64encode
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from sqlalchemy import update
from sqlalchemy.orm import Session

from config.limits import USUAL
from config.settings import Settings
from models import Channel
from server.resources import Transactions
from services.events import schemas as event_schemas
from tests.api.applications import Serve
from tests.api.client import ApiClient, body_of

URL = "https://hooks.example/in?token=very-secret"
SECRET = "whsec_" + b64encode(b"s" * 32).decode()


def make(client: ApiClient, **values: object) -> dict[str, Any]:
    given = {"name": "Automation", "url": URL, "events": ["incident.*"], **values}
    return client.make("event-subscriptions", **given)


def problems(client: ApiClient, **values: object) -> dict[str, list[str]]:
    given = {"name": "Automation", "url": URL, "events": ["*"], **values}
    response = client.post("event-subscriptions", given)
    assert response.status_code == 422, response.text
    found: dict[str, list[str]] = body_of(response)["errors"]
    return found


def test_the_secret_is_shown_once_and_the_url_never(client: ApiClient) -> None:
    made = make(client)
    assert made["secret"].startswith("whsec_")
    shown = client.read(f"event-subscriptions/{made['id']}")
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    assert shown["address"].startswith("hooks.example (")
    assert shown["public_key"].startswith("whpk_")
    assert (shown["rotating"], shown["disabled_at"]) == (False, None)
    assert "very-secret" not in client.get("event-subscriptions").text


def test_a_secret_of_ones_own_is_taken(client: ApiClient) -> None:
    assert make(client, secret=SECRET)["secret"] == SECRET


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://hooks.example/"),
        ("url", "not a url"),
        ("url", ""),
        ("events", []),
        ("events", ["monitor.exploded"]),
        ("events", ["incident"]),
        ("secret", "whsec_short"),
        ("secret", "whsec_!!!"),
        ("name", "two\nlines"),
    ],
)
def test_what_cannot_be_taken_is_named(client: ApiClient, field: str, value: object) -> None:
    assert {name.partition(".")[0] for name in problems(client, **{field: value})} == {field}


def test_a_url_in_private_space_is_refused_at_once(
    serve: Serve, settings: Settings, transaction: Transactions
) -> None:
    app = serve(settings.model_copy(update={"egress_policy": "public"}), transaction)
    client = ApiClient(app).register("ada@example.test")
    for url in ("https://127.0.0.1/in", "https://10.0.0.1/in", "https://db.internal/in"):
        assert list(problems(client, url=url)) == ["url"]


def test_a_second_subscription_for_the_same_url_is_refused(client: ApiClient) -> None:
    make(client)
    response = client.post("event-subscriptions", {"name": "X", "url": URL, "events": ["*"]})
    assert response.status_code == 409
    assert list(body_of(response)["errors"]) == ["url"]
    other = make(client, url="https://other.example/")
    assert client.patch(f"event-subscriptions/{other['id']}", {"url": URL}).status_code == 409


def test_an_organization_has_at_most_so_many(client: ApiClient) -> None:
    for number in range(USUAL["event_subscriptions"]):
        make(client, url=f"https://hooks{number}.example/")
    values = {"name": "X", "url": URL, "events": ["*"]}
    assert client.post("event-subscriptions", values).status_code == 409


def test_lists_are_by_name_and_in_pages(client: ApiClient) -> None:
    for name in ("Zoo", "Ant", "Bee"):
        make(client, name=name, url=f"https://{name.lower()}.example/")
    first = client.read("event-subscriptions", limit=2)
    assert [each["name"] for each in first["items"]] == ["Ant", "Bee"]
    rest = client.read("event-subscriptions", cursor=first["next_cursor"])
    assert [each["name"] for each in rest["items"]] == ["Zoo"]


def test_what_is_given_is_changed_and_the_rest_stays(client: ApiClient) -> None:
    made = make(client)
    path = f"event-subscriptions/{made['id']}"
    renamed = body_of(client.patch(path, {"name": "Robot", "events": ["*", "monitor.up", "*"]}))
    assert (renamed["name"], renamed["events"]) == ("Robot", ["*", "monitor.up"])
    assert renamed["address"] == made["address"]
    moved = body_of(client.patch(path, {"url": "https://other.example/"}))
    assert moved["address"].startswith("other.example (")
    assert moved["public_key"] == made["public_key"]


def test_a_rotation_has_two_secrets_until_it_is_ended(client: ApiClient) -> None:
    made = make(client)
    path = f"event-subscriptions/{made['id']}/rotate"
    rotated = body_of(client.post(path))
    assert rotated["secret"] != made["secret"]
    assert rotated["public_key"] != made["public_key"]
    assert rotated["rotating"] is True
    ended = body_of(client.delete(path))
    assert (ended["rotating"], ended["public_key"]) == (False, rotated["public_key"])
    assert "secret" not in ended


def test_a_test_is_a_delivery_that_is_listed(client: ApiClient) -> None:
    made = make(client, events=["incident.opened"])
    path = f"event-subscriptions/{made['id']}"
    tried = body_of(client.post(f"{path}/test"))
    assert (tried["event"], tried["kind"], tried["state"]) == ("event", "webhook", "pending")
    make(client, url="https://other.example/", events=["*"])
    client.make_monitor()
    [listed] = client.read(f"{path}/deliveries")["items"]
    assert listed["id"] == tried["id"]
    assert client.read("deliveries", event="event")["items"][-1]["id"] == tried["id"]


def test_a_disabled_one_is_enabled_and_nothing_else_is(client: ApiClient, session: Session) -> None:
    made = make(client)
    path = f"event-subscriptions/{made['id']}"
    assert client.post(f"{path}/enable").status_code == 409
    session.execute(update(Channel).values(disabled_at=Channel.created_at, disabled_reason="Gone."))
    session.commit()
    assert client.read(path)["disabled_reason"] == "Gone."
    assert client.post(f"{path}/test").status_code == 409
    assert body_of(client.post(f"{path}/enable"))["disabled_at"] is None


def test_a_deleted_one_is_gone_and_its_url_is_free_again(client: ApiClient) -> None:
    path = f"event-subscriptions/{make(client)['id']}"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    make(client)


def test_what_is_not_there_is_404(client: ApiClient) -> None:
    path = f"event-subscriptions/{uuid4()}"
    for method, end in (("GET", ""), ("POST", "/rotate"), ("DELETE", "/rotate"), ("POST", "/test")):
        assert client.send(method, f"{path}{end}").status_code == 404


def test_everybody_can_read_the_schemas(anybody: ApiClient, app: Flask) -> None:
    del app
    listed = anybody.read("schemas/events")["items"]
    assert [each["name"] for each in listed] == list(event_schemas.EVENTS)
    for each in listed:
        response = anybody.get(f"schemas/events/{each['name']}")
        assert response.mimetype == "application/schema+json"
        schema = response.get_json(force=True)
        Draft202012Validator.check_schema(schema)
        assert schema["properties"]["type"]["const"] == each["name"]
    assert anybody.get("schemas/events/monitor.exploded").status_code == 404
