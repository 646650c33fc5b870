"""Logging in with a browser: in one step or two, out again, and what was typed meanwhile."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import UserSession
from tests.api.accounts.test_passkeys import add as add_passkey
from tests.api.accounts.test_passkeys import asked as options_of
from tests.api.accounts.test_second_factor import switch_on
from tests.api.client import PASSWORD, ApiClient
from tests.web.reader import Reader


def test_a_login_leads_to_the_page_that_was_asked_for(app: Flask) -> None:
    Reader(app).register()
    reader = Reader(app)
    asked = reader.get("/proof", why="x")
    assert asked.path.startswith("/login?")
    seen = reader.fill(asked, "/login", email="ada@example.test", password=PASSWORD)
    assert seen.path == "/proof?why=x"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.test/", "//evil.test", "/\\evil.test", "\\/evil.test", "evil", ""]
)
def test_a_login_never_leads_to_another_site(app: Flask, elsewhere: str) -> None:
    Reader(app).register()
    given = {"email": "ada@example.test", "password": PASSWORD, "next": elsewhere}
    headers = {"Sec-Fetch-Site": "same-origin"}
    assert Reader(app).send("/login", headers=headers, **given).headers["Location"] == "/"


def test_a_wrong_password_is_told_and_no_session_begins(app: Flask) -> None:
    Reader(app).register()
    reader = Reader(app)
    seen = reader.post("/login", email="ada@example.test", password="wrong")
    assert seen.status == 401
    assert seen.errors == ["The email address or the password is wrong."]
    assert seen.one("#f-email")["value"] == "ada@example.test"
    assert reader.cookie("session") is None


@pytest.mark.abuse(64)
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    Reader(app).register()
    given = {"email": "ada@example.test", "password": PASSWORD}
    answer = Reader(app).send("/login", headers={"Sec-Fetch-Site": "same-origin"}, **given)
    cookies = answer.headers.getlist("Set-Cookie")
    assert cookies
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_with_a_second_factor_a_login_takes_a_code(app: Flask) -> None:
    reader = Reader(app).register()
    _, recovery_codes = switch_on(reader.api)
    reader.forget()
    asked = reader.post("/login", email="ada@example.test", password=PASSWORD)
    assert asked.title == "Enter your code"
    assert reader.cookie("session") is None
    wrong = reader.fill(asked, "/login/code", code="000000")
    assert (wrong.status, wrong.errors) == (401, ["Code: This code is wrong or was used before."])
    assert reader.cookie("session") is None
    reader.fill(wrong, "/login/code", code=recovery_codes[0])
    assert reader.cookie("session")


def test_the_step_before_the_code_allows_nothing_once_the_password_is_another(app: Flask) -> None:
    reader = Reader(app).register()
    _, recovery_codes = switch_on(reader.api)
    thief = Reader(app)
    asked = thief.post("/login", email="ada@example.test", password=PASSWORD)
    changed = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    assert reader.api.post("me/password", changed).status_code == 204
    seen = thief.fill(asked, "/login/code", code=recovery_codes[0])
    assert (seen.status, seen.title) == (401, "Log in")
    assert thief.cookie("session") is None


@pytest.mark.abuse(64)
def test_a_logout_ends_the_session_for_whoever_has_the_cookie(app: Flask) -> None:
    reader = Reader(app).register()
    kept = reader.cookie("session")
    seen = reader.post("/logout")
    assert "You are logged out." in seen.text
    assert reader.cookie("session") is None
    thief = Reader(app)
    thief._client.set_cookie("session", kept or "")
    assert thief.get("/proof").path.startswith("/login")


def test_a_session_ends_after_twelve_hours_without_a_request(app: Flask, session: Session) -> None:
    reader = Reader(app).register()
    assert reader.get("/proof").status == 200
    session.execute(
        update(UserSession).values(expires_at=UserSession.expires_at - timedelta(hours=12))
    )
    assert reader.get("/proof").path.startswith("/login")


def test_a_form_that_outlives_its_session_is_sent_after_the_login(
    app: Flask, session: Session
) -> None:
    reader = Reader(app).register()
    session.execute(update(UserSession).values(expires_at=UserSession.created_at))
    fields: dict[str, Any] = {"organization": "typed", "note": "a long text", "password": "hidden"}
    asked = reader.post("/organization", **fields)
    assert (asked.status, asked.title) == (401, "Log in")
    assert "a long text" in str(asked.html)
    assert "hidden" not in [each.get("value") for each in asked.select("input[type=hidden]")]
    offered = reader.fill(asked, "/login", email="ada@example.test", password=PASSWORD)
    assert offered.title == "Send what you typed?"
    assert offered.form("/organization") == {"organization": ["typed"], "note": ["a long text"]}


def test_somebody_else_can_be_chosen_only_among_ones_own_organizations(
    ada: Reader, eve: Reader
) -> None:
    theirs = eve.api.read("me")["organization"]["id"]
    assert ada.post("/organization", organization=theirs).status == 404
    assert ada.post("/organization", organization="nothing").status == 404


def test_a_proof_takes_the_password(ada: Reader) -> None:
    seen = ada.fill(ada.get("/proof"), "/proof", password="wrong")
    assert seen.status == 422
    assert seen.errors == ["Password: The current password is wrong."]


@pytest.mark.abuse(62)
def test_a_passkey_of_the_own_account_is_a_proof_and_another_or_an_old_answer_is_none(
    ada: Reader, eve: Reader, session: Session
) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=1)

    def forget() -> None:
        session.execute(update(UserSession).values(proven_at=long_ago))

    def is_proven() -> bool:
        return max(session.scalars(select(UserSession.proven_at))) > long_ago

    def send(answer: object, path: str = "/proof") -> int:
        return ada.post(path, credential=json.dumps(answer)).status

    mine, theirs = add_passkey(ada.api), add_passkey(eve.api)
    # The first factor ended the session of the browser.
    assert send(mine.get(options_of(ada.api)), "/login/passkey") == 200
    forget()
    used = mine.get(options_of(ada.api))
    forged: list[object] = [theirs.get(options_of(ada.api)), [], {"id": "x"}]
    assert [send(answer) for answer in forged] == [422] * 3
    assert not is_proven()
    assert send(used) == 200
    assert is_proven()
    forget()
    assert send(used) == 422
    assert not is_proven()


OTHER_SITES = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.test"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.test"},
    {"Origin": "http://localhost:81"},
]


@pytest.mark.abuse(64)
@pytest.mark.parametrize("headers", OTHER_SITES)
@pytest.mark.parametrize(
    "path",
    ["/login", "/login/code", "/login/demo", "/logout", "/organization", "/proof", "/preferences"],
)
def test_no_action_is_taken_from_another_site(
    ada: Reader, headers: dict[str, str], path: str
) -> None:
    assert ada.send(path, headers=headers).status_code == 403
    assert ada.get("/proof").status == 200


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://localhost"}],
)
def test_an_action_is_taken_from_our_own_pages(ada: Reader, headers: dict[str, str]) -> None:
    assert ada.send("/logout", headers=headers).status_code == 303


@pytest.mark.abuse(64)
def test_an_access_token_is_no_way_into_the_pages(app: Flask, ada: Reader) -> None:
    client = ApiClient(app)
    client.token = ada.api.token
    assert client.get("/proof").headers["Location"].startswith("/login")
