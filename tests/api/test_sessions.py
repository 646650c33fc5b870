"""Sessions: what one sees of them, and how they end."""

import pytest
from flask import Flask

from tests.api import machines
from tests.api.account_mails import invitation_token
from tests.api.client import PASSWORD, ApiClient

LOGIN = {"email": "ada@example.test", "password": PASSWORD}


def log_in(app: Flask, agent: str = "Phone") -> ApiClient:
    client = ApiClient(app)
    headers = {"User-Agent": agent}
    return client.use(client.send("POST", "auth/login", json=LOGIN, headers=headers))


def own_id(client: ApiClient) -> str:
    return str(next(each["id"] for each in client.read("sessions")["items"] if each["is_this"]))


def test_one_sees_where_one_is_logged_in(app: Flask, client: ApiClient) -> None:
    phone = log_in(app)
    listed = phone.read("sessions")["items"]
    assert [(each["agent"], each["is_this"]) for each in listed] == [("Phone", True), ("", False)]
    assert listed[0]["address"] == "127.0.0.1"
    assert [each["is_this"] for each in client.read("sessions")["items"]] == [False, True]


def test_a_session_is_ended_from_another(app: Flask, client: ApiClient) -> None:
    phone = log_in(app)
    assert client.delete(f"sessions/{own_id(phone)}").status_code == 204
    assert phone.get("me").status_code == 401
    body = {"refresh_token": phone.refresh_token}
    assert phone.post("auth/refresh", body).status_code == 401
    assert client.get("me").status_code == 200


def test_all_others_are_ended_at_once(app: Flask, client: ApiClient) -> None:
    others = [log_in(app) for _ in range(2)]
    assert client.delete("sessions").status_code == 204
    assert [each.get("me").status_code for each in (client, *others)] == [200, 401, 401]
    assert len(client.read("sessions")["items"]) == 1


@pytest.mark.abuse(45)
def test_nobody_sees_or_ends_those_of_somebody_else(client: ApiClient, stranger: ApiClient) -> None:
    assert stranger.delete(f"sessions/{own_id(client)}").status_code == 404
    assert stranger.delete("sessions").status_code == 204
    assert client.get("me").status_code == 200


def test_a_session_reaches_all_organizations_of_a_person(
    app: Flask, client: ApiClient, stranger: ApiClient
) -> None:
    there = client.read("me")["organization"]["id"]
    invited = client.make("invitations", email="eve@example.test", role="viewer")
    body = {"token": invitation_token(app, invited["id"]), "password": PASSWORD}
    assert ApiClient(app).post("auth/accept-invitation", body).status_code == 201
    switched = ApiClient(app).use(stranger.post("auth/switch", {"organization_id": there}))
    assert own_id(switched) == own_id(stranger)
    assert (
        switched.post("auth/logout", {"refresh_token": switched.refresh_token}).status_code == 204
    )
    assert [each.get("me").status_code for each in (stranger, switched)] == [401, 401]
    assert stranger.post("auth/switch", {"organization_id": there}).status_code == 404


def test_renewing_keeps_the_session(client: ApiClient) -> None:
    before = own_id(client)
    client.use(client.post("auth/refresh", {"refresh_token": client.refresh_token}))
    assert own_id(client) == before


def test_a_machine_sees_no_session_of_who_made_it(app: Flask, client: ApiClient) -> None:
    machine = machines.with_token(app, machines.new_key(client, "profile:read")["key"])
    assert machine.get("me").status_code == 200
    assert machine.get("sessions").status_code == 403
    assert machine.delete("sessions").status_code == 403
