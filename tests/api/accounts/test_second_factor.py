"""A second factor: begun, shown, asked for at each login, lost, and removed."""

import time

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import LoginFailure, RecoveryCode, SecondFactor
from tests.api.account_mails import invitation_token, letters, token_in
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.api.machines import callers as machine_callers

LOGIN = {"email": "ada@example.test", "password": PASSWORD}
PROOF = {"current_password": PASSWORD}


class App:
    """An authenticator app: each code is of another step than the one before."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret)
        self._ahead = -1

    def code(self) -> str:
        """Give the code of now, then the one after, which is good for as long as half a minute passes."""
        self._ahead += 1
        return self.totp.at(time.time(), counter_offset=self._ahead)


def switch_on(client: ApiClient) -> tuple[App, list[str]]:
    """Give an account a second factor; return the app and the recovery codes."""
    offer = body_of(client.post("me/second-factor", PROOF))
    app = App(offer["secret"])
    answer = client.post("me/second-factor/confirmation", {"code": app.code()})
    assert answer.status_code == 200, answer.text
    return app, body_of(answer)["recovery_codes"]


def log_in(client: ApiClient, **values: str) -> int:
    return client.post("auth/login", {**LOGIN, **values}).status_code


def test_a_login_takes_a_code_once_it_is_on(client: ApiClient) -> None:
    assert client.read("me/second-factor") == {"is_on": False, "recovery_codes": 0}
    app, _ = switch_on(client)
    assert client.read("me/second-factor") == {"is_on": True, "recovery_codes": 10}
    asked = client.post("auth/login", LOGIN)
    assert asked.status_code == 422
    assert list(body_of(asked)["errors"]) == ["code"]
    assert log_in(client, code="000000x") == 401
    assert log_in(client, code=app.code()) == 200


@pytest.mark.abuse(61)
def test_a_code_works_once(client: ApiClient) -> None:
    app, _ = switch_on(client)
    code = app.code()
    assert [log_in(client, code=code) for _ in range(2)] == [200, 401]


@pytest.mark.abuse(59)
def test_who_does_not_know_the_password_learns_of_no_second_factor(client: ApiClient) -> None:
    switch_on(client)
    answers = [
        client.post("auth/login", {"email": email, "password": "not it"})
        for email in ("ada@example.test", "nobody@example.test")
    ]
    assert [answer.status_code for answer in answers] == [401, 401]


@pytest.mark.abuse(61)
def test_guessing_codes_makes_wait_like_guessing_passwords(
    client: ApiClient, session: Session
) -> None:
    app, _ = switch_on(client)
    assert [log_in(client, code="12345") for _ in range(5)] == [401] * 5
    session.execute(update(LoginFailure).values(failures=12))
    session.commit()
    assert log_in(client, code=app.code()) == 429


@pytest.mark.abuse(61)
def test_a_recovery_code_works_once_and_is_told(app: Flask, client: ApiClient) -> None:
    _, codes = switch_on(client)
    letters(app)
    typed = codes[3].upper().replace("-", " ")
    assert [log_in(client, code=typed) for _ in range(2)] == [200, 401]
    assert client.read("me/second-factor")["recovery_codes"] == 9
    (notified,) = letters(app)
    assert (notified.event, dict(notified.facts)) == (
        AccountEvent.RECOVERY_CODE_USED,
        {"Left": "9"},
    )


def test_what_is_offered_counts_only_once_it_was_shown(client: ApiClient) -> None:
    first = App(body_of(client.post("me/second-factor", PROOF))["secret"])
    assert log_in(client) == 200
    second = App(body_of(client.post("me/second-factor", PROOF))["secret"])
    confirm = "me/second-factor/confirmation"
    assert client.post(confirm, {"code": first.code()}).status_code == 422
    assert client.post(confirm, {"code": second.code()}).status_code == 200
    assert client.post(confirm, {"code": second.code()}).status_code == 409
    assert client.post("me/second-factor", PROOF).status_code == 409


def test_switching_it_on_ends_other_sessions_and_is_told(app: Flask, client: ApiClient) -> None:
    other = ApiClient(app)
    other.use(other.post("auth/login", LOGIN))
    switch_on(client)
    assert [each.get("me").status_code for each in (client, other)] == [200, 401]
    assert [each.event for each in letters(app)] == [AccountEvent.SECOND_FACTOR_ON]


def test_removing_it_takes_the_password_and_a_code(app: Flask, client: ApiClient) -> None:
    authenticator, codes = switch_on(client)
    letters(app)
    remove = "me/second-factor/removal"
    assert client.post(remove, {**PROOF, "code": "12345"}).status_code == 422
    wrong = {"current_password": "not it", "code": authenticator.code()}
    assert client.post(remove, wrong).status_code == 422
    assert client.post(remove, {**PROOF, "code": codes[0]}).status_code == 204
    assert log_in(client) == 200
    assert AccountEvent.SECOND_FACTOR_OFF in [each.event for each in letters(app)]


@pytest.mark.abuse(61)
def test_no_other_way_in_goes_past_it(app: Flask, client: ApiClient, stranger: ApiClient) -> None:
    authenticator, _ = switch_on(client)
    letters(app)
    client.post("auth/forgot-password", {"email": LOGIN["email"]})
    (mail,) = letters(app)
    password = "another long passphrase"
    body = {"token": token_in(mail), "password": password}
    assert client.post("auth/reset-password", body).status_code == 204
    assert log_in(client, password=password) == 422
    invited = stranger.make("invitations", email=LOGIN["email"], role="viewer")
    body = {"token": invitation_token(app, invited["id"]), "password": password}
    assert client.post("auth/accept-invitation", body).status_code == 422
    body["code"] = authenticator.code()
    assert client.post("auth/accept-invitation", body).status_code == 201


def test_neither_secret_nor_codes_are_kept_as_they_are(client: ApiClient, session: Session) -> None:
    authenticator, codes = switch_on(client)
    factor = session.scalars(select(SecondFactor)).one()
    assert authenticator.totp.secret.encode() not in factor.ciphertext
    kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(kept) == len(codes) == 10
    assert not any(code.encode() in each for code in codes for each in kept)


def test_a_machine_has_no_say_in_it(app: Flask, client: ApiClient) -> None:
    machine = machine_callers.with_token(
        app, machine_callers.new_key(client, "profile:read")["key"]
    )
    assert machine.get("me/second-factor").status_code == 403
    assert machine.post("me/second-factor", PROOF).status_code == 403
