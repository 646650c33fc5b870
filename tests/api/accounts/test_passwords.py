"""Passwords: forgotten, changed, and what ends with the old one."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import AccountMail, AccountRequest
from tests.api.account_mails import content, letters, path_in, token_in
from tests.api.client import PASSWORD, ApiClient, body_of

NEW = "another long passphrase"
ADA = "ada@example.test"


def forget(client: ApiClient, app: Flask, email: str = ADA) -> str:
    """Ask for a new password, and return the token of the mail."""
    assert client.post("auth/forgot-password", {"email": email}).status_code == 202
    return token_in(content(app, AccountEvent.PASSWORD_RESET))


def reset(client: ApiClient, token: str, password: str = NEW) -> int:
    body = {"token": token, "password": password}
    return client.post("auth/reset-password", body).status_code


def login(client: ApiClient, password: str) -> int:
    return client.post("auth/login", {"email": ADA, "password": password}).status_code


def change(client: ApiClient, current: str, new: str) -> int:
    body = {"current_password": current, "new_password": new}
    return client.post("me/password", body).status_code


def test_a_forgotten_password_is_set_anew(app: Flask, client: ApiClient) -> None:
    assert reset(client, forget(client, app)) == 204
    assert [login(client, password) for password in (PASSWORD, NEW)] == [401, 200]


def test_that_ends_every_session_and_logs_nobody_in(app: Flask, client: ApiClient) -> None:
    assert reset(client, forget(client, app)) == 204
    assert client.get("me").status_code == 401
    body = {"refresh_token": client.refresh_token}
    assert client.post("auth/refresh", body).status_code == 401


@pytest.mark.abuse(59)
def test_an_unknown_address_is_answered_alike_and_gets_no_mail(
    app: Flask, client: ApiClient
) -> None:
    answers = [
        client.post("auth/forgot-password", {"email": email})
        for email in (ADA, "nobody@example.test")
    ]
    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].get_data() == answers[1].get_data()
    assert [each.address for each in letters(app)] == [ADA]


@pytest.mark.abuse(47)
def test_a_link_is_used_once_within_thirty_minutes(
    app: Flask, client: ApiClient, session: Session
) -> None:
    token = forget(client, app)
    row = session.scalars(select(AccountRequest)).one()
    assert row.expires_at - row.created_at == timedelta(minutes=30)
    assert reset(client, token) == 204
    assert reset(client, token, "and one more passphrase") == 401
    late = forget(client, app)
    session.execute(update(AccountRequest).values(expires_at=AccountRequest.created_at))
    session.commit()
    assert reset(client, late) == 401


def test_a_new_password_ends_all_other_links(app: Flask, client: ApiClient) -> None:
    first, second = forget(client, app), forget(client, app)
    assert reset(client, first) == 204
    assert reset(client, second, "and one more passphrase") == 401


@pytest.mark.abuse(47)
def test_a_link_is_for_nothing_else(app: Flask, client: ApiClient) -> None:
    token = forget(client, app)
    body = {"token": token, "password": PASSWORD}
    assert client.post("auth/confirm-registration", body).status_code == 401
    assert client.post("auth/accept-invitation", body).status_code == 401
    for reader in ("present", "next"):
        body = {"token": token, "reader": reader}
        assert client.post("auth/confirm-email", body).status_code == 401


@pytest.mark.abuse(66)
def test_a_forged_host_does_not_get_into_the_link(app: Flask, client: ApiClient) -> None:
    headers = {"Host": "127.6.6.6", "X-Forwarded-Host": "evil.example"}
    client.send("POST", "auth/forgot-password", json={"email": ADA}, headers=headers)
    assert content(app, AccountEvent.PASSWORD_RESET).link.startswith("http://127.0.0.1:8000/links/")


def test_no_row_holds_a_token(app: Flask, client: ApiClient, session: Session) -> None:
    token = forget(client, app)
    rows = [*session.scalars(select(AccountRequest)), *session.scalars(select(AccountMail))]
    assert not any(token in str(vars(row)) for row in rows)


@pytest.mark.parametrize("password", ["short", "passwordpassword", "ada@example.test"])
def test_a_bad_password_is_refused_and_the_link_stays_good(
    app: Flask, client: ApiClient, password: str
) -> None:
    token = forget(client, app)
    assert reset(client, token, password) == 422
    assert reset(client, token) == 204


def test_changing_it_takes_the_present_one(client: ApiClient) -> None:
    assert change(client, "not it", NEW) == 422
    assert change(client, PASSWORD, "short") == 422
    assert change(client, PASSWORD, NEW) == 204
    assert [login(client, password) for password in (PASSWORD, NEW)] == [401, 200]


def test_changing_it_ends_the_other_sessions(app: Flask, client: ApiClient) -> None:
    other = ApiClient(app)
    other.use(other.post("auth/login", {"email": ADA, "password": PASSWORD}))
    assert change(client, PASSWORD, NEW) == 204
    assert (client.get("me").status_code, other.get("me").status_code) == (200, 401)


def test_the_owner_of_the_account_hears_of_it(app: Flask, client: ApiClient) -> None:
    change(client, PASSWORD, NEW)
    (notice,) = letters(app)
    assert (notice.event, notice.address) == (AccountEvent.PASSWORD_CHANGED, ADA)
    reset(client, forget(client, app), "and one more passphrase")
    assert content(app, AccountEvent.PASSWORD_CHANGED).address == ADA


def test_the_page_of_the_link_sets_it(app: Flask, client: ApiClient) -> None:
    client.post("auth/forgot-password", {"email": ADA})
    path = path_in(content(app, AccountEvent.PASSWORD_RESET))
    assert "New password" in client.get(path).text
    headers = {"Sec-Fetch-Site": "same-origin"}
    refused = client.send("POST", path, data={"password": "short"}, headers=headers)
    assert refused.status_code == 422
    assert "12 to 256" in refused.text
    assert client.send("POST", path, data={"password": NEW}, headers=headers).status_code == 200
    assert login(client, NEW) == 200
    assert client.send("POST", path, data={"password": NEW}, headers=headers).status_code == 401


def test_a_machine_changes_no_password(client: ApiClient) -> None:
    scopes = {"scopes": ["account:write"], "name": "Robot"}
    assert body_of(client.post("api-keys", scopes))["errors"].keys() == {"scopes.0"}
