"""Every way to a session goes through one function, which counts wrong secrets by account and by network."""

import ast
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.login_throttle import OF_CODES
from models import Invitation, LoginFailure, Membership
from services.organizations.invitations import MOST_FAILURES
from tests.api.account_mails import content, invitation_token, letters, token_in
from tests.api.accounts.test_failed_logins import hold
from tests.api.accounts.test_second_factor import App, switch_on
from tests.api.client import PASSWORD, ApiClient
from tests.conftest import ROOT

ADA = "ada@example.test"
WRONG_CODE = "12345"

Body = dict[str, str]
Prepare = Callable[[Flask, ApiClient, ApiClient], Body]


def _by_password(_: Flask, __: ApiClient, ___: ApiClient) -> Body:
    return {"email": ADA, "password": PASSWORD}


def _by_invitation(app: Flask, _: ApiClient, stranger: ApiClient) -> Body:
    invited = stranger.make("invitations", email=ADA, role="viewer")
    return {"token": invitation_token(app, invited["id"]), "password": PASSWORD}


def _by_registration(app: Flask, client: ApiClient, _: ApiClient) -> Body:
    """Let Ada, who belongs nowhere any more, found another organization."""
    body = {"current_password": PASSWORD, "name": "Shop"}
    assert client.post("organization/deletion", body).status_code == 202
    with app.extensions["downtime"].transaction() as session:
        session.execute(delete(Membership))
    body = {"email": ADA, "password": PASSWORD, "organization_name": "Another"}
    assert client.post("auth/register", body).status_code == 202
    return {"token": token_in(content(app, AccountEvent.REGISTRATION)), "password": PASSWORD}


BEGINNING: dict[str, Prepare] = {
    "auth/login": _by_password,
    "auth/accept-invitation": _by_invitation,
    "auth/confirm-registration": _by_registration,
}
"""Routes that begin a session, and what they take."""
WITHOUT_PASSWORD = {"auth/passkey"}
"""Needs no second factor. `test_passkeys.py` forges it."""
CONTINUING = {"auth/refresh", "auth/switch"}


def ask(client: ApiClient, path: str, body: Body, peer: str) -> int:
    return client.send("POST", path, json=body, environ_overrides={"REMOTE_ADDR": peer}).status_code


def guess(client: ApiClient, path: str, body: Body, times: int) -> list[int]:
    """Send a wrong code some times, each time from another network, so that none of these waits."""
    return [
        ask(client, path, {**body, "code": WRONG_CODE}, f"198.51.100.{number}")
        for number in range(times)
    ]


@pytest.fixture
def authenticator(client: ApiClient, app: Flask) -> App:
    """Give Ada a second factor."""
    switched, _ = switch_on(client)
    letters(app)
    return switched


@pytest.mark.abuse(80)
def test_all_routes_that_answer_tokens_are_known_here(anybody: ApiClient) -> None:
    """A new one belongs into `BEGINNING`, and has to pass what follows."""
    spec = anybody.read("/api/openapi.json")
    answering = {
        path.removeprefix("/api/v1/")
        for path, item in spec["paths"].items()
        for operation in item.values()
        if isinstance(operation, dict)
        for answer in operation.get("responses", {}).values()
        if "refresh_token" in _properties(spec, answer)
    }
    assert answering == BEGINNING.keys() | CONTINUING | WITHOUT_PASSWORD


def _properties(spec: dict[str, Any], answer: dict[str, Any]) -> set[str]:
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return set(spec["components"]["schemas"].get(name, {}).get("properties", {}))


@pytest.mark.abuse(80)
def test_nothing_else_in_the_program_begins_a_session() -> None:
    assert _callers("user_sessions.begin") == {
        "server/identity/login_tokens.py",
        "services/accounts/browser_sessions.py",
    }
    assert _callers("browser_sessions.begin") == {"server/identity/browser_login.py"}
    for begin in ("login_tokens.begin", "browser_login.begin"):
        assert _callers(begin) == {"server/limits/login_attempts.py"}


@pytest.mark.abuse(80)
def test_passwords_are_compared_only_where_wrong_ones_are_counted() -> None:
    """What logs in and what a link proves is counted by `login_attempts`, the others by `spend_proof`."""
    assert _callers("accounts.login", "registrations.confirm", "invitations.accept") == {
        "server/limits/login_attempts.py"
    }
    proving = {path for path in _callers("passwords.matches") if path.startswith("services/")}
    assert proving == {
        "services/accounts/accounts.py",
        "services/organizations/invitations.py",
        "services/accounts/registrations.py",
    }


def _callers(*names: str) -> set[str]:
    """Return the files of the program that name one of these functions."""
    return {path for name in names for path in _attributes()[name]}


@cache
def _attributes() -> Mapping[str, set[str]]:
    """Return the files of the program by each `module.function` that they name."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for package in ("api", "cli", "devstack", "server", "services", "tasks", "web"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    found[f"{node.value.id}.{node.attr}"].add(str(path.relative_to(ROOT)))
    return found


@pytest.mark.abuse(61, 80)
@pytest.mark.parametrize("path", BEGINNING)
def test_wrong_codes_make_wait_whichever_way_they_come(
    app: Flask,
    client: ApiClient,
    stranger: ApiClient,
    session: Session,
    authenticator: App,
    path: str,
) -> None:
    body = BEGINNING[path](app, client, stranger)
    anybody = ApiClient(app)
    for _ in range(2):
        assert guess(anybody, path, body, OF_CODES // 2) == [401] * (OF_CODES // 2)
        # It would end, and the wait of the account has to hold for the next one, too.
        session.execute(update(Invitation).values(failures=0))
        session.commit()
    hold(session)
    right = {**body, "code": authenticator.code()}
    assert ask(anybody, path, right, "203.0.113.1") == 429
    session.execute(delete(LoginFailure))
    session.commit()
    assert ask(anybody, path, right, "203.0.113.1") in {200, 201}


@pytest.mark.abuse(80)
@pytest.mark.parametrize("path", BEGINNING)
def test_the_way_in_ends_the_count_only_for_who_showed_the_code(
    app: Flask,
    client: ApiClient,
    stranger: ApiClient,
    session: Session,
    authenticator: App,
    path: str,
) -> None:
    body = BEGINNING[path](app, client, stranger)
    anybody = ApiClient(app)
    peer = "203.0.113.1"
    assert [ask(anybody, path, {**body, "code": WRONG_CODE}, peer) for _ in range(3)] == [401] * 3
    # The origin, the network, the hour, the codes, and those of which the account hears.
    assert _counts(session) == [3] * 5
    assert ask(anybody, path, body, peer) == 422  # The code is asked for.
    assert _counts(session) == [3] * 5
    assert ask(anybody, path, {**body, "code": authenticator.code()}, peer) in {200, 201}
    assert _counts(session) == [3] * 2


@pytest.mark.abuse(80)
@pytest.mark.usefixtures("authenticator")
def test_the_account_hears_of_wrong_codes_that_come_with_an_invitation(
    app: Flask, client: ApiClient, stranger: ApiClient
) -> None:
    body = _by_invitation(app, client, stranger)
    letters(app)
    guess(client, "auth/accept-invitation", body, 5)
    assert [each.event for each in letters(app)] == [AccountEvent.FAILED_LOGINS]


def _counts(session: Session) -> list[int]:
    session.expire_all()
    return list(session.scalars(select(LoginFailure.failures).order_by(LoginFailure.failures)))


@pytest.mark.abuse(80)
def test_an_invitation_ends_after_ten_wrong_secrets(
    app: Flask, client: ApiClient, stranger: ApiClient, session: Session, authenticator: App
) -> None:
    path = "auth/accept-invitation"
    body = _by_invitation(app, client, stranger)
    wrong = [{**body, "code": WRONG_CODE}, {**body, "password": "not it"}] * (MOST_FAILURES // 2)
    for number, each in enumerate(wrong):
        session.execute(delete(LoginFailure))
        session.commit()
        assert session.scalars(select(func.count()).select_from(Invitation)).one() == 1
        assert ask(client, path, each, f"198.51.100.{number}") == 401
    session.execute(delete(LoginFailure))
    session.commit()
    assert ask(client, path, {**body, "code": authenticator.code()}, "203.0.113.1") == 401
    assert stranger.read("invitations")["items"] == []


@pytest.mark.abuse(80)
@pytest.mark.parametrize("purpose", ["invitation", "registration"])
def test_the_pages_of_links_count_wrong_passwords_too(
    app: Flask, client: ApiClient, stranger: ApiClient, session: Session, purpose: str
) -> None:
    way = _by_invitation if purpose == "invitation" else _by_registration
    path = f"/links/{purpose}/{way(app, client, stranger)['token']}"

    def send(password: str, peer: str = "198.51.100.1") -> int:
        data, overrides = {"password": password}, {"REMOTE_ADDR": peer}
        headers = {"Sec-Fetch-Site": "same-origin"}
        return client.send(
            "POST", path, data=data, headers=headers, environ_overrides=overrides
        ).status_code

    assert [send("not it") for _ in range(5)] == [401] * 5
    hold(session)
    assert send(PASSWORD) == 429
    login = {"email": ADA, "password": PASSWORD}
    assert ask(client, "auth/login", login, "198.51.100.1") == 429
    assert send(PASSWORD, "203.0.113.1") in {200, 303}
