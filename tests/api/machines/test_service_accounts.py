"""Service accounts: what is registered, renewed, disabled, and what becomes of their tokens."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import ServiceAccount
from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import (
    EC_KEY,
    INVALID_CLIENT,
    ask,
    basic,
    jwk,
    keyed,
    new_account,
    refusal,
    token_of,
    with_token,
)


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.abuse(36)
def test_a_disabled_or_deleted_account_is_dead_at_once(app: Flask, client: ApiClient) -> None:
    account = new_account(client)
    machine, headers = (
        with_token(app, token_of(app, account)),
        basic(account["id"], account["client_secret"]),
    )
    path = f"service-accounts/{account['id']}"
    assert client.patch(path, {"disabled": True}).status_code == 200
    assert machine.get("monitors").status_code == 401
    assert refusal(ask(app, headers=headers)) == INVALID_CLIENT
    client.patch(path, {"disabled": False})
    # A token from before stays dead.
    assert machine.get("monitors").status_code == 401
    assert ask(app, headers=headers).status_code == 200
    client.delete(path)
    assert refusal(ask(app, headers=headers)) == INVALID_CLIENT


@pytest.mark.abuse(36)
def test_all_tokens_of_an_account_or_of_the_organization_end_at_once(
    app: Flask, client: ApiClient
) -> None:
    account, other = new_account(client), new_account(client)
    first, second = (with_token(app, token_of(app, each)) for each in (account, other))
    assert client.post(f"service-accounts/{account['id']}/end-tokens").status_code == 200
    assert first.get("monitors").status_code == 401
    assert second.get("monitors").status_code == 200
    client.patch("organization", {"machine_schemes": ["client_secret"]})
    assert second.get("monitors").status_code == 401
    assert with_token(app, token_of(app, account)).get("monitors").status_code == 200
    client.patch("organization", {"machine_schemes": []})
    headers = basic(account["id"], account["client_secret"])
    assert refusal(ask(app, headers=headers)) == INVALID_CLIENT


def test_a_renewed_secret_is_good_beside_the_one_before_for_a_while(
    app: Flask, client: ApiClient, session: Session
) -> None:
    account = new_account(client)
    path = f"service-accounts/{account['id']}/rotate"
    renewed = body_of(client.post(path, {"overlap_seconds": 60}))
    for each in (account, renewed):
        assert token_of(app, each)
    session.execute(update(ServiceAccount).values(previous_until=now()))
    session.commit()
    headers = basic(account["id"], account["client_secret"])
    assert refusal(ask(app, headers=headers)) == INVALID_CLIENT
    assert token_of(app, renewed)
    stored = session.scalars(select(ServiceAccount)).one()
    assert renewed["client_secret"] not in str(vars(stored))
    assert client.post(f"service-accounts/{keyed(client)['id']}/rotate", {}).status_code == 409


def bad_keys() -> Iterator[tuple[str, dict[str, Any]]]:
    private = jwt.get_algorithm_by_name("ES256").to_jwk(EC_KEY, as_dict=True)
    good = jwk(EC_KEY, "ES256")
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to be refused
    yield "private", private
    yield "shared", {"kty": "oct", "k": "AAAA"}
    yield "small", jwk(small, "RS256")
    yield "curve", jwk(ec.generate_private_key(ec.SECP384R1()), "ES384")
    yield "off the curve", {**good, "y": good["x"]}
    yield "cut", {name: good[name] for name in ("kty", "crv", "x")}
    yield "use", {**good, "use": "enc"}
    yield "alg", {**good, "alg": "RS256"}
    yield "kid", {**good, "kid": "x" * 200}
    yield "no text", {**good, "x": 7}
    yield "kind", {**good, "kty": ["EC"]}
    yield "nothing", {}


@pytest.mark.parametrize("key", [pytest.param(key, id=name) for name, key in bad_keys()])
def test_a_bad_key_is_not_registered(client: ApiClient, key: dict[str, Any]) -> None:
    body = {
        "name": "X",
        "scheme": "private_key_jwt",
        "scopes": ["monitor:read"],
        "keys": [jwk(EC_KEY, "ES256"), key],
    }
    response = client.post("service-accounts", body)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["keys.1"]


@pytest.mark.abuse(69)
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"scheme": "api_key"}, "scheme"),
        ({"scheme": "password"}, "scheme"),
        ({"scheme": "private_key_jwt"}, "keys"),
        ({"scheme": "tls_client_auth"}, "certificate_thumbprint"),
        ({"keys": [jwk(EC_KEY, "ES256")]}, "keys"),
        ({"scopes": ["profile:write"]}, "scopes.0"),
        ({"client_secret": "mine"}, "client_secret"),
        ({"token_epoch": 0}, "token_epoch"),
        ({"certificate_thumbprint": "x"}, "certificate_thumbprint"),
    ],
)
def test_a_bad_account_names_the_field(
    client: ApiClient, values: dict[str, Any], named: str
) -> None:
    body = {"name": "X", "scheme": "client_secret", "scopes": ["monitor:read"], **values}
    response = client.post("service-accounts", body)
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == [named]
