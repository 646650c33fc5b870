"""The history of logins, the mail about a new device, and the link that it was not me."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent, AccountMailContent
from models import Login, LoginDevice
from models.session import database_now
from services.accounts.login import history
from tests.api.account_mails import letters, token_in
from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.web.reader import Reader


@pytest.fixture
def ada(app: Flask) -> Reader:
    return Reader(app).register("ada@example.test")


LOGIN = {"email": "ada@example.test", "password": PASSWORD}
HERE, ELSEWHERE = "192.0.2.9", "198.51.100.7"
NEW_PASSWORD = "another long passphrase"


def log_in(client: ApiClient, address: str = HERE, agent: str = "curl/8", **more: str) -> int:
    return client.send(
        "POST",
        "auth/login",
        json={**LOGIN, **more},
        environ_overrides={"REMOTE_ADDR": address},
        headers={"User-Agent": agent},
    ).status_code


def told(app: Flask) -> list[AccountMailContent]:
    return [each for each in letters(app) if each.event is AccountEvent.NEW_DEVICE]


def test_each_attempt_is_in_the_history_newest_first(client: ApiClient) -> None:
    assert log_in(client) == 200
    assert log_in(client, ELSEWHERE, "Python/3", password="not it at all") == 401
    authenticator, _ = switch_on(client)
    assert log_in(client, code="000000") == 401
    assert log_in(client, code=authenticator.code()) == 200
    items = client.read("me/logins")["items"]
    seen = [(each["network"], each["program"], each["factor"], each["outcome"]) for each in items]
    assert seen == [
        ("192.0.2.0/24", "curl", "code", "succeeded"),
        ("192.0.2.0/24", "curl", "code", "wrong_factor"),
        ("198.51.100.0/24", "Python", "none", "wrong_proof"),
        ("192.0.2.0/24", "curl", "none", "succeeded"),
    ]
    assert {each["way"] for each in items} == {"password"}


def test_nobody_sees_the_history_of_another(client: ApiClient, stranger: ApiClient) -> None:
    assert log_in(client) == 200
    assert stranger.read("me/logins")["items"] == []


def test_an_address_without_an_account_leaves_no_trace(client: ApiClient, session: Session) -> None:
    assert log_in(client, email="nobody@example.test") == 401
    assert session.scalar(select(func.count()).select_from(Login)) == 0


def test_a_new_device_is_told_of_once_and_the_first_one_never(
    app: Flask, client: ApiClient
) -> None:
    assert [log_in(client), log_in(client)] == [200, 200]
    assert told(app) == []
    assert [log_in(client, ELSEWHERE), log_in(client, ELSEWHERE)] == [200, 200]
    (mail,) = told(app)
    facts = dict(mail.facts)
    assert (facts["Network"], facts["Program"]) == ("198.51.100.0/24", "curl")
    assert log_in(client, HERE, "Wget/1") == 200
    assert len(told(app)) == 1
    assert log_in(client, "192.0.2.200") == 200
    assert told(app) == []


def test_a_browser_is_known_by_its_cookie(app: Flask, ada: Reader) -> None:
    for _ in range(2):
        ada.log_in()
        ada.post("/logout")
    assert told(app) == []
    Reader(app).log_in()
    assert len(told(app)) == 1
    Reader(app).log_in()
    assert len(told(app)) == 1


def test_it_was_not_me_ends_all_sessions_and_asks_for_a_new_password(
    app: Flask, client: ApiClient
) -> None:
    thief = ApiClient(app)
    assert log_in(client) == 200
    thief.use(thief.post("auth/login", LOGIN))
    (mail,) = told(app)
    answer = body_of(client.post("auth/disown-login", {"token": token_in(mail)}))
    assert [each.get("me").status_code for each in (client, thief)] == [401, 401]
    body = {"token": answer["reset_token"], "password": NEW_PASSWORD}
    assert client.post("auth/reset-password", body).status_code == 204
    assert log_in(client) == 401
    client.use(client.post("auth/login", {**LOGIN, "password": NEW_PASSWORD}))
    assert client.read("me/logins")["items"][-1]["outcome"] == "succeeded"
    assert "disowned" in {each["outcome"] for each in client.read("me/logins")["items"]}
    again = client.post("auth/disown-login", {"token": token_in(mail)})
    assert again.status_code == 401


def test_the_link_of_the_mail_leads_to_the_page_of_a_new_password(app: Flask, ada: Reader) -> None:
    ada.log_in()
    Reader(app).log_in()
    (mail,) = told(app)
    path = mail.link.removeprefix(mail.system)
    reader = Reader(app)
    assert "End all sessions" in reader.get(path).text
    assert ada.get("/monitors").path == "/monitors"
    seen = reader.post(path)
    assert seen.path.startswith("/links/password-reset/")
    assert ada.get("/monitors").path.startswith("/login")
    assert reader.get(path).status == 200
    assert reader.post(path).status == 401


def test_the_page_shows_the_history(ada: Reader) -> None:
    ada.log_in()
    seen = ada.get("/settings/logins")
    assert "127.0.0.0/24" in seen.text
    assert "logged in" in seen.text


def test_rows_are_kept_for_400_days_and_a_thousand_of_each_person(
    client: ApiClient, session: Session
) -> None:
    assert log_in(client) == 200
    now = database_now(session)
    history.purge(session, now=now + history.KEPT - timedelta(minutes=1))
    assert session.scalar(select(func.count()).select_from(Login)) == 1
    row = session.scalars(select(Login)).one()
    columns = {each.key: getattr(row, each.key) for each in Login.__table__.columns}
    more = [
        {name: value for name, value in columns.items() if name not in {"id", "public_id"}}
    ] * history.MOST
    session.execute(insert(Login), more)
    history.purge(session, now=now)
    assert session.scalar(select(func.count()).select_from(Login)) == history.MOST
    assert session.scalars(select(func.min(Login.id))).one() > row.id
    session.execute(update(Login).values(created_at=now - history.KEPT - timedelta(minutes=1)))
    history.purge(session, now=now)
    assert session.scalar(select(func.count()).select_from(Login)) == 0
    assert session.scalar(select(func.count()).select_from(LoginDevice)) == 1
