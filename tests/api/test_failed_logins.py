"""Failed logins over the API: the next try waits, alike for accounts that there are not."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.account_event import AccountEvent
from models import LoginFailure
from tests.api.account_mails import letter, letters, token_in
from tests.api.client import PASSWORD, ApiClient, body_of

ADA, NOBODY = "ada@example.test", "nobody@example.test"


def log_in(client: ApiClient, email: str = ADA, password: str = PASSWORD) -> int:
    return client.post("auth/login", {"email": email, "password": password}).status_code


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
        client.post("auth/login", {"email": email, "password": PASSWORD}) for email in (ADA, NOBODY)
    ]
    for answer in answers:
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["Retry-After"]) <= 62
    assert body_of(answers[0])["detail"] == body_of(answers[1])["detail"]


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
    # That of the network stays.
    assert session.scalars(select(func.count()).select_from(LoginFailure)).one() == 1


def test_a_new_password_by_mail_ends_the_wait(
    app: Flask, client: ApiClient, session: Session
) -> None:
    for _ in range(5):
        log_in(client, ADA, "not it")
    hold(session)
    client.post("auth/forgot-password", {"email": ADA})
    token = token_in(letter(app, AccountEvent.PASSWORD_RESET))
    body = {"token": token, "password": "another long passphrase"}
    assert client.post("auth/reset-password", body).status_code == 204
    assert log_in(client, ADA, "another long passphrase") == 200
