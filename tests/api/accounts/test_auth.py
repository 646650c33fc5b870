"""Logging in, renewing and logging out."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import Membership, RefreshToken, User
from tests.api.client import PASSWORD, ApiClient, body_of

LOGIN = {"email": "ada@example.test", "password": PASSWORD}


def test_a_login_gives_tokens_that_work_at_once(client: ApiClient, anybody: ApiClient) -> None:
    anybody.use(anybody.post("auth/login", LOGIN))
    assert anybody.read("me") == client.read("me")


def test_tokens_and_their_lifetime_are_not_to_be_cached(client: ApiClient) -> None:
    response = client.post("auth/login", LOGIN)
    assert response.headers["Cache-Control"] == "no-store"
    assert body_of(response)["token_type"] == "Bearer"
    assert body_of(response)["expires_in"] == 900


def test_neither_password_nor_refresh_token_is_stored_as_it_is(
    client: ApiClient, session: Session
) -> None:
    assert session.scalars(select(User.password_hash)).one().startswith("$argon2id$")
    stored = session.scalars(select(RefreshToken.token_hash)).one()
    assert len(stored) == 32
    assert client.refresh_token.encode() not in stored


@pytest.mark.parametrize("email", ["ada@example.test", "ADA@Example.TEST", " ada@example.test "])
def test_an_email_address_has_one_account_however_it_is_written(
    client: ApiClient, email: str
) -> None:
    assert client.post("auth/login", {**LOGIN, "email": email}).status_code == 200


@pytest.mark.abuse(59)
def test_an_unknown_email_and_a_wrong_password_get_the_same_answer(client: ApiClient) -> None:
    answers = [
        client.post("auth/login", {"email": email, "password": "wrong " + PASSWORD})
        for email in ("ada@example.test", "nobody@example.test")
    ]
    bodies = [body_of(answer) for answer in answers]
    for body in bodies:
        del body["request_id"]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert bodies[0] == bodies[1]


def test_a_refresh_gives_another_pair(client: ApiClient) -> None:
    before = client.refresh_token
    client.use(client.post("auth/refresh", {"refresh_token": before}))
    assert client.refresh_token != before
    assert client.get("me").status_code == 200


def test_using_a_refresh_token_twice_ends_the_session(client: ApiClient) -> None:
    stolen = client.refresh_token
    client.use(client.post("auth/refresh", {"refresh_token": stolen}))
    assert client.post("auth/refresh", {"refresh_token": stolen}).status_code == 401
    response = client.post("auth/refresh", {"refresh_token": client.refresh_token})
    assert response.status_code == 401
    assert client.get("me").status_code == 401


def test_another_login_is_not_touched_by_that(client: ApiClient, anybody: ApiClient) -> None:
    anybody.use(anybody.post("auth/login", LOGIN))
    for _ in range(2):
        client.post("auth/refresh", {"refresh_token": client.refresh_token})
    response = anybody.post("auth/refresh", {"refresh_token": anybody.refresh_token})
    assert response.status_code == 200


def test_logging_out_ends_all_tokens_of_the_session(client: ApiClient) -> None:
    assert client.post("auth/logout", {"refresh_token": client.refresh_token}).status_code == 204
    response = client.post("auth/refresh", {"refresh_token": client.refresh_token})
    assert response.status_code == 401
    assert client.get("me").status_code == 401


@pytest.mark.parametrize("token", ["unknown", "ü", "x" * 256])
def test_an_unknown_refresh_token_is_refused_without_fuss(anybody: ApiClient, token: str) -> None:
    assert anybody.post("auth/refresh", {"refresh_token": token}).status_code == 401
    assert anybody.post("auth/logout", {"refresh_token": token}).status_code == 204


def test_a_removed_member_is_out_at_once(client: ApiClient, session: Session) -> None:
    session.execute(delete(Membership))
    session.commit()
    assert client.get("me").status_code == 401
    refreshed = client.post("auth/refresh", {"refresh_token": client.refresh_token})
    assert refreshed.status_code == 401
    assert client.post("auth/login", LOGIN).status_code == 401


def test_each_organization_has_its_own_profile(register: Callable[[str], ApiClient]) -> None:
    profiles = [register(name).read("me") for name in ("one", "two")]
    assert profiles[0]["organization"]["id"] != profiles[1]["organization"]["id"]
