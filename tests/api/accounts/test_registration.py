"""Registering: a mail for every address, the same answer for all, and an account for who has both."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import AccountMail, AccountRequest, Membership, User
from tests.api.account_mails import content, letters, path_in, token_in
from tests.api.client import FROM_HERE, PASSWORD, ApiClient, body_of

REGISTRATION = {
    "email": "ada@example.test",
    "password": "a long passphrase",
    "organization_name": "Shop",
}
CHOSEN = REGISTRATION["password"]


def ask(client: ApiClient, app: Flask, **values: object) -> str:
    """Register, and return the token of the mail."""
    assert client.post("auth/register", {**REGISTRATION, **values}).status_code == 202
    return token_in(content(app, AccountEvent.REGISTRATION))


def confirm(client: ApiClient, token: str, password: str = CHOSEN) -> int:
    body = {"token": token, "password": password}
    return client.post("auth/confirm-registration", body).status_code


def test_the_link_and_the_password_open_the_account(app: Flask, anybody: ApiClient) -> None:
    body = {"token": ask(anybody, app), "password": CHOSEN}
    anybody.use(anybody.post("auth/confirm-registration", body))
    profile = anybody.read("me")
    assert profile["user"]["email"] == "ada@example.test"
    assert profile["organization"]["name"] == "Shop"
    assert profile["role"] == "owner"


def test_before_that_there_is_no_account(app: Flask, anybody: ApiClient, session: Session) -> None:
    ask(anybody, app)
    login = {"email": REGISTRATION["email"], "password": CHOSEN}
    assert anybody.post("auth/login", login).status_code == 401
    assert session.scalars(select(User)).all() == []


@pytest.mark.abuse(59)
def test_a_known_address_is_answered_like_a_new_one(app: Flask, client: ApiClient) -> None:
    answers = [
        client.post("auth/register", {**REGISTRATION, "email": email})
        for email in ("ada@example.test", "new@example.test")
    ]
    assert answers[0].status_code == answers[1].status_code == 202
    assert answers[0].get_data() == answers[1].get_data()
    known, new = letters(app)
    assert (known.is_known, known.link) == (True, "")
    assert not new.is_known
    assert new.link


@pytest.mark.abuse(59)
def test_the_work_is_the_same_for_a_known_address(client: ApiClient, session: Session) -> None:
    """Whether it is known is looked up by who sends the mail, so no time can tell."""
    for email in ("ada@example.test", "new@example.test"):
        client.post("auth/register", {**REGISTRATION, "email": email})
    requests = session.scalars(select(AccountRequest).order_by(AccountRequest.id)).all()
    mails = session.scalars(select(AccountMail).order_by(AccountMail.id)).all()
    assert [each.email for each in requests] == ["ada@example.test", "new@example.test"]
    assert [each.request_id for each in mails] == [each.public_id for each in requests]
    assert all((each.password_hash or "").startswith("$argon2id$") for each in requests)


def test_who_registers_the_address_of_another_gets_nothing(app: Flask, anybody: ApiClient) -> None:
    """The other may follow the link, but does not know the password; and who does has no link."""
    token = ask(anybody, app)
    assert confirm(anybody, token, "what the other would take") == 401
    assert confirm(anybody, "x" * len(token)) == 401


def test_a_registration_is_confirmed_once(app: Flask, anybody: ApiClient) -> None:
    first, second = ask(anybody, app), ask(anybody, app)
    assert confirm(anybody, second) == 201
    assert confirm(anybody, second) == 401
    assert confirm(anybody, first) == 401


def test_an_account_that_is_there_by_now_is_not_taken_over(app: Flask, anybody: ApiClient) -> None:
    token = ask(anybody, app)
    ApiClient(app).register("ada@example.test")
    assert confirm(anybody, token) == 409
    login = {"email": "ada@example.test", "password": PASSWORD}
    assert anybody.post("auth/login", login).status_code == 200


def test_who_belongs_nowhere_any_more_may_begin_anew(
    app: Flask, client: ApiClient, session: Session
) -> None:
    session.execute(delete(Membership))
    session.commit()
    assert confirm(client, ask(client, app)) == 201
    assert len(session.scalars(select(User)).all()) == 1


def test_a_link_works_for_a_day(app: Flask, anybody: ApiClient, session: Session) -> None:
    token = ask(anybody, app)
    row = session.scalars(select(AccountRequest)).one()
    assert row.expires_at - row.created_at == timedelta(hours=24)
    session.execute(update(AccountRequest).values(expires_at=row.created_at))
    session.commit()
    assert confirm(anybody, token) == 401


def test_the_mail_says_nothing_that_a_stranger_wrote(app: Flask, anybody: ApiClient) -> None:
    body = {**REGISTRATION, "organization_name": "Win at https://spam.example"}
    anybody.post("auth/register", body)
    assert content(app, AccountEvent.REGISTRATION).facts == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "two@at@example.test"),
        ("email", "line\nbreak@example.test"),
        ("email", f"{'a' * 65}@example.test"),
        ("email", "a@localhost"),
        ("email", 5),
        ("password", "eleven char"),
        ("password", "x" * 257),
        ("password", "passwordpassword"),
        ("password", "1q2w3e4r5t6y"),
        ("password", "ada@example.test"),
        ("password", None),
        ("organization_name", ""),
        ("organization_name", "two\nlines"),
        ("is_admin", True),
    ],
)
def test_a_bad_registration_names_the_field_and_stores_nothing(
    anybody: ApiClient, session: Session, field: str, value: object
) -> None:
    response = anybody.post("auth/register", {**REGISTRATION, field: value})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [field]
    assert session.scalars(select(AccountRequest)).all() == []


@pytest.mark.parametrize(
    "password", ["twelve chars", "überraschung!", "öäüé ßñø ж 字 🙂", "ab cd ef" * 32]
)
def test_a_password_may_have_any_signs_and_many(anybody: ApiClient, password: str) -> None:
    assert anybody.post("auth/register", {**REGISTRATION, "password": password}).status_code == 202


def test_the_page_of_the_link_opens_the_account(app: Flask, anybody: ApiClient) -> None:
    anybody.post("auth/register", REGISTRATION)
    path = path_in(content(app, AccountEvent.REGISTRATION))
    assert 'type="password"' in anybody.get(path).text
    wrong = anybody.send("POST", path, data={"password": "not this one"}, headers=FROM_HERE)
    assert wrong.status_code == 401
    assert 'type="password"' in wrong.text
    done = anybody.send("POST", path, data={"password": CHOSEN}, headers=FROM_HERE)
    assert done.status_code == 303
    assert "session=" in done.headers["Set-Cookie"]
    login = {"email": REGISTRATION["email"], "password": CHOSEN}
    assert anybody.post("auth/login", login).status_code == 200
    assert anybody.get(path[:-1] + "x").status_code == 404
