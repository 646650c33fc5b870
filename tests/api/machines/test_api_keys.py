"""API keys: what they open, when, and from where."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import ApiKey
from security.login.machine_secrets import new_api_key
from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import join, new_key, with_token


def ahead(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def test_a_key_opens_what_its_scopes_name(app: Flask, client: ApiClient) -> None:
    made = new_key(client, "monitor:read", "profile:read")
    machine = with_token(app, made["key"])
    assert machine.get("monitors").status_code == 200
    assert machine.post("monitors", {}).status_code == 403
    assert machine.read("me")["machine"] == {"id": made["id"], "name": "Robot"}
    assert machine.read("me")["permissions"] == ["monitor:read", "profile:read"]


def test_a_key_is_shown_once_and_not_stored(client: ApiClient, session: Session) -> None:
    made = new_key(client)
    assert made["key"].startswith(f"{made['prefix']}_")
    for shown in (client.read(f"api-keys/{made['id']}"), *client.read("api-keys")["items"]):
        assert "key" not in shown
        assert shown["prefix"] == made["prefix"]
    row = session.scalars(select(ApiKey)).one()
    assert len(row.secret_hash) == 32
    assert made["key"] not in str(vars(row))


def test_a_key_is_good_for_90_days_and_400_at_most(client: ApiClient) -> None:
    expires_at = datetime.fromisoformat(new_key(client)["expires_at"])
    assert timedelta(days=89) < expires_at - datetime.now(UTC) < timedelta(days=91)
    assert new_key(client, expires_at=ahead(399))
    for days in (401, -1):
        body = {"name": "X", "scopes": ["monitor:read"], "expires_at": ahead(days)}
        response = client.post("api-keys", body)
        assert list(body_of(response)["errors"]) == ["expires_at"]


@pytest.mark.abuse(39)
def test_a_key_that_is_not_one_of_ours_opens_nothing(app: Flask, client: ApiClient) -> None:
    key = new_key(client)["key"]
    other = "0" if key[-1] != "0" else "1"
    another_secret = new_api_key(key.split("_")[1]).text
    for text in (key[:-1] + other, key[:-1], key + "0", new_api_key().text, another_secret):
        assert with_token(app, text).get("monitors").status_code == 401
    assert with_token(app, key).get("monitors").status_code == 200


@pytest.mark.abuse(39)
def test_a_key_that_expired_or_was_deleted_opens_nothing(
    app: Flask, client: ApiClient, session: Session
) -> None:
    first, second = new_key(client), new_key(client)
    session.execute(update(ApiKey).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    session.commit()
    assert with_token(app, first["key"]).get("monitors").status_code == 401
    third = new_key(client)
    assert client.delete(f"api-keys/{third['id']}").status_code == 204
    assert with_token(app, third["key"]).get("monitors").status_code == 401
    assert client.get(f"api-keys/{third['id']}").status_code == 404
    assert client.get(f"api-keys/{second['id']}").status_code == 200


@pytest.mark.abuse(39)
def test_a_key_opens_nothing_from_elsewhere(app: Flask, client: ApiClient) -> None:
    made = new_key(client, networks=["192.0.2.0/24", "2001:db8::/32"])
    machine = with_token(app, made["key"])
    for address, status in (
        ("192.0.2.7", 200),
        ("::ffff:192.0.2.7", 200),
        ("2001:db8::1", 200),
        ("127.0.0.1", 401),
        ("192.0.3.1", 401),
        ("nonsense", 401),
    ):
        response = machine.send("GET", "monitors", environ_base={"REMOTE_ADDR": address})
        assert response.status_code == status, address
    claimed = machine.send("GET", "monitors", headers={"X-Forwarded-For": "192.0.2.7"})
    assert claimed.status_code == 401
    client.patch(f"api-keys/{made['id']}", {"networks": []})
    assert machine.get("monitors").status_code == 200


@pytest.mark.abuse(39)
def test_a_key_in_an_address_is_refused_even_beside_a_good_one(
    app: Flask, client: ApiClient
) -> None:
    key = new_key(client)["key"]
    response = with_token(app, key).get("regions", api_key=key)
    assert response.status_code == 401
    assert "URL" in body_of(response)["detail"]


@pytest.mark.abuse(38)
def test_nobody_gives_a_machine_more_than_they_have(app: Flask, client: ApiClient) -> None:
    admin = join(client, app, "adam", "admin")
    body = {"name": "X", "scopes": ["monitor:read", "organization:write"]}
    assert list(body_of(admin.post("api-keys", body))["errors"]) == ["scopes"]
    body = {"name": "X", "scopes": ["profile:write"]}
    assert list(body_of(client.post("api-keys", body))["errors"]) == ["scopes.0"]
    machine = with_token(app, new_key(client, "machine:write", "machine:read")["key"])
    body = {"name": "X", "scopes": ["monitor:read"]}
    assert list(body_of(machine.post("api-keys", body))["errors"]) == ["scopes"]


@pytest.mark.abuse(38)
def test_nobody_gets_hold_of_a_key_that_may_do_more(app: Flask, client: ApiClient) -> None:
    admin = join(client, app, "adam", "admin")
    made = new_key(client, "organization:write")
    assert admin.post(f"api-keys/{made['id']}/rotate", {}).status_code == 403
    assert admin.patch(f"api-keys/{made['id']}", {"networks": []}).status_code == 403
    assert admin.delete(f"api-keys/{made['id']}").status_code == 204


@pytest.mark.abuse(38)
def test_a_key_loses_what_its_maker_loses(app: Flask, client: ApiClient) -> None:
    admin = join(client, app, "adam", "admin")
    machine = with_token(app, new_key(admin, "monitor:write", "monitor:read")["key"])
    machine.make_monitor()
    client.patch(f"members/{admin.read('me')['user']['id']}", {"role": "viewer"})
    assert machine.post("monitors", {}).status_code == 403
    assert machine.get("monitors").status_code == 200


def test_a_renewed_key_is_good_beside_the_one_before_for_a_while(
    app: Flask, client: ApiClient, session: Session
) -> None:
    first = new_key(client)
    second = body_of(client.post(f"api-keys/{first['id']}/rotate", {"overlap_seconds": 60}))
    assert second["id"] == first["id"]
    assert second["key"] != first["key"]
    for each in (first, second):
        assert with_token(app, each["key"]).get("monitors").status_code == 200
    session.execute(update(ApiKey).values(previous_until=datetime.now(UTC)))
    session.commit()
    assert with_token(app, first["key"]).get("monitors").status_code == 401
    third = body_of(client.post(f"api-keys/{first['id']}/rotate", {"overlap_seconds": 0}))
    assert with_token(app, second["key"]).get("monitors").status_code == 401
    assert with_token(app, third["key"]).get("monitors").status_code == 200


def test_one_sees_when_a_key_was_last_used_to_the_minute(
    app: Flask, client: ApiClient, session: Session
) -> None:
    made = new_key(client)
    assert made["last_used_at"] is None
    with_token(app, made["key"]).get("monitors")
    used_at = client.read(f"api-keys/{made['id']}")["last_used_at"]
    assert used_at is not None
    with_token(app, made["key"]).get("monitors")
    assert client.read(f"api-keys/{made['id']}")["last_used_at"] == used_at
    del session


def test_an_organization_can_do_without_keys(app: Flask, client: ApiClient) -> None:
    machine = with_token(app, new_key(client)["key"])
    client.patch("organization", {"machine_schemes": ["private_key_jwt"]})
    assert machine.get("monitors").status_code == 401
    client.patch("organization", {"machine_schemes": ["api_key"]})
    assert machine.get("monitors").status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("scopes", ["monitor:fly"], "scopes.0"),
        ("scopes", [], "scopes"),
        ("networks", ["10.0.0.1/8"], "networks.0"),
        ("networks", ["home"], "networks.0"),
        ("name", "", "name"),
        ("key_id", "0000000000000", "key_id"),
        ("created_by", 1, "created_by"),
    ],
)
def test_a_bad_key_names_the_field(client: ApiClient, name: str, value: object, named: str) -> None:
    body = {"name": "Robot", "scopes": ["monitor:read"], name: value}
    response = client.post("api-keys", body)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [named]
