"""Failed logins over the API: the next try from there waits, alike for accounts that there are not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import LoginFailure, RefreshToken
from services.accounts import refresh_tokens
from tests.api.account_mails import content, letters, token_in
from tests.api.client import PASSWORD, ApiClient, body_of

Register = Callable[[str], ApiClient]

ADA, NOBODY = "ada@example.test", "nobody@example.test"


AWAY = "198.51.100.1"


def log_in(
    client: ApiClient, email: str = ADA, password: str = PASSWORD, peer: str = AWAY, **more: str
) -> int:
    body = {"email": email, "password": password, **more}
    overrides = {"REMOTE_ADDR": peer}
    return client.send("POST", "auth/login", json=body, environ_overrides=overrides).status_code


def hold(session: Session) -> None:
    """Let the last failure be in a moment, so that the wait outlasts the test."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    session.execute(update(LoginFailure).values(last_failed_at=later))
    session.commit()


@pytest.mark.abuse(59, 60)
def test_after_five_failures_the_next_login_waits_even_with_the_password(
    client: ApiClient, session: Session
) -> None:
    for email in (ADA, NOBODY):
        assert [log_in(client, email, "not it") for _ in range(5)] == [401] * 5
    hold(session)
    answers = [
        client.send(
            "POST",
            "auth/login",
            json={"email": email, "password": PASSWORD},
            environ_overrides={"REMOTE_ADDR": AWAY},
        )
        for email in (ADA, NOBODY)
    ]
    for answer in answers:
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 62
    assert body_of(answers[0])["detail"] == body_of(answers[1])["detail"]


@pytest.mark.abuse(82)
def test_a_stranger_who_fails_keeps_nobody_out(client: ApiClient, session: Session) -> None:
    assert [log_in(client, password="not it") for _ in range(9)].count(401) >= 5
    hold(session)
    assert log_in(client) == 429
    assert log_in(client, peer="203.0.113.1") == 200


@pytest.mark.abuse(82)
def test_a_known_device_comes_in_whatever_is_wrong_with_its_network(
    client: ApiClient, session: Session, register: Register
) -> None:
    for number in range(21):
        log_in(client, f"nobody{number}@example.test")
    hold(session)
    mine, of_eve = client.refresh_token, register("eve").refresh_token
    assert [log_in(client), log_in(client, refresh_token=of_eve)] == [429, 429]
    assert log_in(client, refresh_token="x" * 43) == 429
    assert log_in(client, refresh_token=mine) == 200
    # Neither does it matter how that login ended.
    client.post("auth/logout", {"refresh_token": mine})
    assert log_in(client, refresh_token=mine) == 200


@pytest.mark.abuse(82)
def test_a_known_device_that_guesses_waits(client: ApiClient, session: Session) -> None:
    mine = client.refresh_token
    answers = [log_in(client, password="not it", refresh_token=mine) for _ in range(5)]
    assert answers == [401] * 5
    hold(session)
    assert log_in(client, refresh_token=mine, peer="203.0.113.1") == 429
    assert log_in(client) == 200


@pytest.mark.abuse(82)
def test_a_device_is_known_for_thirty_days_after_its_login_ended(
    client: ApiClient, session: Session
) -> None:
    def is_known(days: float) -> bool:
        ended = datetime.now(UTC) - timedelta(days=days)
        session.execute(update(RefreshToken).values(expires_at=ended))
        session.commit()
        refresh_tokens.purge(session, now=datetime.now(UTC))
        session.commit()
        found = refresh_tokens.device_of(session, client.refresh_token, ADA, now=datetime.now(UTC))
        return found is not None

    assert [is_known(days) for days in (29, 31)] == [True, False]
    assert session.scalars(select(RefreshToken)).all() == []


def test_the_account_hears_of_it_and_an_address_without_one_does_not(
    app: Flask, client: ApiClient
) -> None:
    for email in (ADA, NOBODY):
        for _ in range(5):
            log_in(client, email, "not it")
    assert [(each.event, each.address) for each in letters(app)] == [
        (AccountEvent.FAILED_LOGINS, ADA)
    ]


def test_a_login_takes_the_count_away(client: ApiClient, session: Session) -> None:
    log_in(client, ADA, "not it")
    assert log_in(client) == 200
    # Those of the network and of the hour stay.
    assert session.scalars(select(func.count()).select_from(LoginFailure)).one() == 2


def test_a_new_password_by_mail_ends_the_wait(
    app: Flask, client: ApiClient, session: Session
) -> None:
    for _ in range(5):
        log_in(client, ADA, "not it")
    hold(session)
    client.post("auth/forgot-password", {"email": ADA})
    token = token_in(content(app, AccountEvent.PASSWORD_RESET))
    body = {"token": token, "password": "another long passphrase"}
    overrides = {"REMOTE_ADDR": AWAY}
    answer = client.send("POST", "auth/reset-password", json=body, environ_overrides=overrides)
    assert answer.status_code == 204
    assert log_in(client, ADA, "another long passphrase") == 200
