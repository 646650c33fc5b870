"""Nobody asks without end: who is counted, by what, and what the answer says."""

from collections.abc import Callable

import pytest
from flask import Flask
from pydantic import SecretStr
from redis import Redis
from sqlalchemy import select
from werkzeug.test import TestResponse

from models import User
from server.limits import rate_limits
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.api.machines.callers import basic, new_account
from tests.factories.locked_keys import with_key

Make = Callable[..., Flask]

LOGIN = {"email": "ada@example.test", "password": PASSWORD}
WRONG = {**LOGIN, "password": "not " + PASSWORD}


def ask(client: ApiClient, path: str, body: object, peer: str, **headers: str) -> TestResponse:
    return client.send(
        "POST", path, json=body, headers=headers, environ_overrides={"REMOTE_ADDR": peer}
    )


def log_in(client: ApiClient, number: int, peer: str = "198.51.100.7", **headers: str) -> int:
    body = {"email": f"nobody{number}@example.test", "password": "x" * 12}
    return ask(client, "auth/login", body, peer, **headers).status_code


@pytest.mark.abuse(60)
def test_an_address_logs_in_ten_times_a_minute(make_app: Make) -> None:
    client = ApiClient(make_app())
    assert [log_in(client, number) for number in range(11)] == [401] * 10 + [429]
    assert log_in(client, 11, peer="198.51.100.8") == 401


@pytest.mark.abuse(60)
def test_an_account_is_tried_five_times_a_minute_from_one_network(make_app: Make) -> None:
    client = ApiClient(make_app())
    client.register("ada@example.test")
    spellings = [LOGIN["email"], "ADA@example.test", " ada@EXAMPLE.test "] * 2
    answers = [
        ask(client, "auth/login", {**LOGIN, "email": email}, "198.51.100.1") for email in spellings
    ]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]


@pytest.mark.abuse(82)
def test_what_a_stranger_asks_for_keeps_nobody_out(make_app: Make) -> None:
    client = ApiClient(make_app()).register("ada@example.test")
    answers = [ask(client, "auth/login", WRONG, "198.51.100.1").status_code for _ in range(12)]
    assert answers.count(401) == 5
    assert answers[-1] == 429
    assert ask(client, "auth/login", LOGIN, "203.0.113.1").status_code == 200
    # From the same network a device comes in that is known.
    known = {**LOGIN, "refresh_token": client.refresh_token}
    assert ask(client, "auth/login", known, "198.51.100.1").status_code == 200
    unknown = {**LOGIN, "refresh_token": "x" * 43}
    assert ask(client, "auth/login", unknown, "198.51.100.1").status_code == 429


@pytest.mark.abuse(82)
def test_a_known_device_has_limits_of_its_own(make_app: Make) -> None:
    client = ApiClient(make_app()).register("ada@example.test")
    known = {**LOGIN, "refresh_token": client.refresh_token}
    answers = [
        ask(client, "auth/login", known, f"198.51.100.{number}").status_code for number in range(6)
    ]
    assert answers == [200] * 5 + [429]


@pytest.mark.abuse(82)
def test_a_client_that_knows_its_secret_gets_tokens_whatever_others_send(make_app: Make) -> None:
    app = make_app()
    account = new_account(ApiClient(app).register("ada@example.test"))

    def token(secret: str, peer: str) -> int:
        form = {"grant_type": "client_credentials"}
        headers, overrides = basic(account["id"], secret), {"REMOTE_ADDR": peer}
        return (
            ApiClient(app)
            .send("POST", "/oauth/token", data=form, headers=headers, environ_overrides=overrides)
            .status_code
        )

    wrong = [token("not it", "198.51.100.1") for _ in range(61)]
    assert wrong == [401] * 20 + [429] * 41
    for peer in ("203.0.113.1", "198.51.100.1"):
        assert token(account["client_secret"], peer) == 200
    assert token("not it", "203.0.113.1") == 401
    right = [token(account["client_secret"], "203.0.113.1") for _ in range(59)]
    assert right == [200] * 58 + [429]


@pytest.mark.abuse(59)
def test_an_account_that_is_not_there_is_limited_alike(make_app: Make) -> None:
    client = ApiClient(make_app())
    client.register("ada@example.test")
    answers = [
        [
            ask(client, "auth/login", {**WRONG, "email": email}, f"198.51.100.{peer}")
            for peer in range(6)
        ]
        for email in ("ada@example.test", "nobody@example.test")
    ]
    for known, unknown in zip(*answers, strict=True):
        assert known.status_code == unknown.status_code
        assert body_of(known).get("detail") == body_of(unknown).get("detail")
        assert known.headers.get("RateLimit-Policy") == unknown.headers.get("RateLimit-Policy")


@pytest.mark.abuse(60)
def test_what_a_client_claims_of_its_address_is_not_believed(make_app: Make) -> None:
    client = ApiClient(make_app())
    answers = [log_in(client, n, **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(11)]
    assert answers[-1] == 429


@pytest.mark.abuse(60)
def test_behind_a_proxy_the_address_that_it_wrote_counts(make_app: Make) -> None:
    client = ApiClient(make_app(trusted_proxies=1))
    spoofed = [
        log_in(client, n, "10.0.0.1", **{"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.1"})
        for n in range(11)
    ]
    assert spoofed[-1] == 429
    other = {"X-Forwarded-For": "198.51.100.1, 198.51.100.2"}
    assert log_in(client, 12, "10.0.0.1", **other) == 401


def test_addresses_of_one_network_of_ipv6_count_together(make_app: Make) -> None:
    client = ApiClient(make_app())
    assert [log_in(client, n, f"2001:db8::{n:x}") for n in range(11)][-1] == 429
    assert log_in(client, 12, "2001:db8:0:1::1") == 401
    # The same host, as a socket of both families names it.
    assert [log_in(client, n, "192.0.2.1") for n in range(10)][-1] == 401
    assert log_in(client, 13, "::ffff:192.0.2.1") == 429


def test_an_address_registers_five_times_an_hour(make_app: Make) -> None:
    client = ApiClient(make_app())
    bodies = [
        {"email": f"a{n}@example.test", "password": PASSWORD, "organization_name": "Shop"}
        for n in range(6)
    ]
    answers = [ask(client, "auth/register", body, "198.51.100.1") for body in bodies]
    assert [answer.status_code for answer in answers] == [202] * 5 + [429]


def test_who_has_but_a_token_does_not_guess_the_password(make_app: Make) -> None:
    client = ApiClient(make_app()).register("ada@example.test")
    body = {"current_password": "not it", "new_password": "another long passphrase"}
    answers = [client.post("me/password", body).status_code for _ in range(6)]
    assert answers == [422] * 5 + [429]


@pytest.mark.abuse(80)
def test_a_session_proves_the_password_fifty_times_a_day(make_app: Make) -> None:
    app = make_app()
    client = ApiClient(app).register("ada@example.test")
    other = ApiClient(app)
    other.use(other.post("auth/login", LOGIN))
    body = {"current_password": "not it", "new_password": "another long passphrase"}
    assert client.post("me/password", body).status_code == 422
    limiter = app.extensions["downtime"].limiter
    for _ in range(49):
        assert limiter.count(rate_limits.PROOFS_OF_DAY, *whose(app, client)).allowed
    answer = client.post("me/password", body)
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Policy"] == '"proofs-of-day";q=50;w=86400'
    # Whoever has a token of one session keeps nobody from it in another.
    assert other.post("me/password", body).status_code == 422


def whose(app: Flask, client: ApiClient) -> tuple[str, str]:
    """Name a session as its proofs are counted by."""
    with app.extensions["downtime"].transaction() as session:
        user_id = session.scalars(select(User.id)).one()
    sessions = client.read("sessions")["items"]
    return f"user {user_id}", next(each["id"] for each in sessions if each["is_this"])


def test_an_answer_says_how_much_is_left_and_a_refusal_when_again(make_app: Make) -> None:
    client = ApiClient(make_app(requests_per_minute=3)).register("ada@example.test")
    answers = [client.get("me") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"requests";q=3;w=60'
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == [
        "r=2",
        "r=1",
        "r=0",
        "r=0",
    ]
    assert answers[3].mimetype == "application/problem+json"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 60
    assert "Retry-After" not in answers[0].headers


@pytest.mark.abuse(49)
def test_one_organization_does_not_use_up_what_another_has(make_app: Make) -> None:
    app = make_app(requests_per_minute=2)
    ada, eve = (ApiClient(app).register(f"{name}@example.test") for name in ("ada", "eve"))
    assert [ada.get("me").status_code for _ in range(3)][-1] == 429
    assert eve.get("me").status_code == 200


def test_all_of_an_organization_share_its_limit(make_app: Make) -> None:
    client = ApiClient(make_app(limits={"requests_per_minute": 2})).register("ada@example.test")
    answers = [client.get("me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["RateLimit-Policy"] == '"requests-of-organization";q=2;w=60'


@pytest.mark.abuse(103)
def test_what_is_examined_by_a_child_is_limited_for_each_organization(make_app: Make) -> None:
    app = make_app()
    ada, eve = (ApiClient(app).register(f"{name}@example.test") for name in ("ada", "eve"))
    locked = {"name": "Client", "scheme": "client_certificate", "fields": with_key()}
    wrong = {**locked, "fields": {**with_key(), "password": "another"}}
    answers = [ada.post("credentials", wrong) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {422}
    assert answers[-1].headers["RateLimit-Policy"] == '"examinations";q=10;w=60'
    refused = ada.post("credentials", locked)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    # One limit for whatever takes a child, and none for what does not.
    channel = {"kind": "apprise", "settings": {"url": "ntfys://ntfy.example.com/topic"}}
    assert ada.post("contacts", {"name": "Ada", "channels": [channel]}).status_code == 429
    assert ada.post("contacts", {"name": "Ada", "channels": []}).status_code == 201
    assert eve.post("credentials", locked).status_code == 201


@pytest.mark.abuse(60)
def test_without_redis_it_still_limits(make_app: Make) -> None:
    client = ApiClient(make_app(redis_url=SecretStr("redis://127.0.0.1:1")))
    answers = [log_in(client, number) for number in range(13)]
    # At the turn of a minute the sliding window makes room for one or two more.
    assert (set(answers[:10]), answers[-1]) == ({401}, 429)


def test_no_email_address_is_kept_in_redis(make_app: Make, redis: Redis) -> None:
    ask(ApiClient(make_app()), "auth/login", WRONG, "198.51.100.1")
    keys = [str(key) for key in redis.scan_iter("limits:*")]
    assert keys
    assert not any("ada" in key or "@" in key for key in keys)
    assert all(0 < redis.ttl(key) <= 7200 for key in redis.scan_iter("limits:*"))
