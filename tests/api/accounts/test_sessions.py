"""Sessions: what one sees of them, and how they end."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import RefreshToken, UserSession
from tests.api.account_mails import invitation_token
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.api.machines import callers as machine_callers

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
    switched = ApiClient(app).use(stranger.switch(there))
    assert own_id(switched) == own_id(stranger)
    assert (
        switched.post("auth/logout", {"refresh_token": switched.refresh_token}).status_code == 204
    )
    assert [each.get("me").status_code for each in (stranger, switched)] == [401, 401]
    assert stranger.switch(there).status_code == 401


def test_renewing_keeps_the_session(client: ApiClient) -> None:
    before = own_id(client)
    client.use(client.post("auth/refresh", {"refresh_token": client.refresh_token}))
    assert own_id(client) == before


@pytest.mark.abuse(81)
def test_an_access_token_becomes_no_refresh_token(client: ApiClient) -> None:
    """Not even for the organization that it is for: it ends within the hour, whoever has it."""
    own = client.read("me")["organization"]["id"]
    asked = client.post("auth/switch", {"organization_id": own})
    assert list(body_of(asked)["errors"]) == ["refresh_token"]
    body = {"organization_id": own, "refresh_token": client.token}
    assert list(body_of(client.post("auth/switch", body))["errors"]) == ["refresh_token"]
    assert client.post("auth/switch", {**body, "refresh_token": "x" * 43}).status_code == 401


@pytest.mark.abuse(81)
def test_switching_uses_the_token_up_and_a_second_use_ends_the_session(
    app: Flask, client: ApiClient
) -> None:
    own = client.read("me")["organization"]["id"]
    switched = ApiClient(app).use(client.switch(own))
    assert switched.get("me").status_code == 200
    assert client.switch(own).status_code == 401
    assert [each.get("me").status_code for each in (client, switched)] == [401, 401]
    assert switched.switch(own).status_code == 401


@pytest.mark.abuse(81)
def test_a_session_ends_after_ninety_days_however_often_it_is_renewed(
    client: ApiClient, session: Session
) -> None:
    longest = {"session_hours": 90 * 24, "session_idle_minutes": 90 * 24 * 60}
    assert client.patch("organization/policy", longest).status_code == 200
    own = client.read("me")["organization"]["id"]
    began(session, timedelta(days=80))
    client.use(client.post("auth/refresh", {"refresh_token": client.refresh_token}))
    (row,) = session.scalars(select(UserSession).execution_options(populate_existing=True))
    assert row.expires_at == row.created_at + timedelta(days=90)
    ends_at = session.scalars(select(RefreshToken.expires_at).where(~is_used)).one()
    assert ends_at == row.expires_at
    began(session, timedelta(days=91))
    for path in ("refresh", "switch"):
        body = {"refresh_token": client.refresh_token}
        if path == "switch":
            body["organization_id"] = own
        assert client.post(f"auth/{path}", body).status_code == 401


def began(session: Session, ago: timedelta) -> None:
    session.execute(update(UserSession).values(created_at=datetime.now(UTC) - ago))
    session.commit()


is_used = RefreshToken.used_at.is_not(None)


@pytest.mark.abuse(81)
def test_a_session_that_is_over_is_not_believed_before_it_is_purged(
    client: ApiClient, session: Session
) -> None:
    assert client.get("me").status_code == 200
    session.execute(update(UserSession).values(expires_at=datetime.now(UTC)))
    session.commit()
    assert client.get("me").status_code == 401
    body = {"refresh_token": client.refresh_token}
    assert client.post("auth/refresh", body).status_code == 401


def test_a_machine_sees_no_session_of_who_made_it(app: Flask, client: ApiClient) -> None:
    machine = machine_callers.with_token(
        app, machine_callers.new_key(client, "profile:read")["key"]
    )
    assert machine.get("me").status_code == 200
    assert machine.get("sessions").status_code == 403
    assert machine.delete("sessions").status_code == 403
