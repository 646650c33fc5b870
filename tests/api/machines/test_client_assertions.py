"""Private keys: which assertions prove that a service account has its own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import (
    EC_KEY,
    ED_KEY,
    INVALID_CLIENT,
    ISSUER,
    RSA_KEY,
    ask,
    assertion,
    by_assertion,
    jwk,
    keyed,
    refusal,
    with_token,
)


@pytest.mark.parametrize(
    ("key", "algorithm"), [(EC_KEY, "ES256"), (RSA_KEY, "RS256"), (ED_KEY, "EdDSA")]
)
def test_a_private_key_proves_it(
    app: Flask,
    client: ApiClient,
    key: Any,  # noqa: ANN401 - any private key
    algorithm: str,
) -> None:
    account = keyed(client, jwk(key, algorithm, kid="one"))
    text = assertion(key, account["id"], algorithm=algorithm, header={"kid": "one"})
    response = ask(app, **by_assertion(text))
    assert response.status_code == 200
    assert with_token(app, body_of(response)["access_token"]).get("monitors").status_code == 200


@pytest.mark.abuse(35)
def test_an_assertion_proves_it_once(app: Flask, client: ApiClient) -> None:
    account, other = keyed(client), keyed(client)
    text = assertion(EC_KEY, account["id"], jti="once")
    assert ask(app, **by_assertion(text)).status_code == 200
    assert refusal(ask(app, **by_assertion(text))) == INVALID_CLIENT
    again = assertion(EC_KEY, account["id"], jti="once")
    assert refusal(ask(app, **by_assertion(again))) == INVALID_CLIENT
    # What one client used up is free for another.
    assert ask(app, **by_assertion(assertion(EC_KEY, other["id"], jti="once"))).status_code == 200


@pytest.mark.abuse(35)
def test_an_assertion_is_used_up_by_a_refusal_too(app: Flask, client: ApiClient) -> None:
    text = by_assertion(assertion(EC_KEY, keyed(client)["id"]))
    assert refusal(ask(app, scope="monitor:fly", **text)) == (400, "invalid_scope")
    assert refusal(ask(app, **text)) == INVALID_CLIENT


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.abuse(34, 35)
@pytest.mark.parametrize(
    "claims",
    [
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": [ISSUER]},
        {"aud": f"{ISSUER}/"},
        {"aud": None},
        {"iss": str(uuid4())},
        {"exp": None},
        {"exp": now() + timedelta(hours=1)},
        {"iat": now() - timedelta(minutes=5)},
        {"exp": now() - timedelta(minutes=2), "iat": now() - timedelta(minutes=3)},
        {"iat": now() + timedelta(hours=1), "exp": now() + timedelta(hours=1, seconds=60)},
        {"iat": None},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 300},
        {"nbf": now() + timedelta(hours=3)},
    ],
)
def test_an_assertion_with_a_wrong_claim_is_refused(
    app: Flask, client: ApiClient, claims: dict[str, Any]
) -> None:
    text = assertion(EC_KEY, keyed(client)["id"], **claims)
    assert refusal(ask(app, **by_assertion(text))) == INVALID_CLIENT


@pytest.mark.abuse(86)
@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 10**20},
        {"exp": 10**400},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": [1]},
        {"iat": -(10**18)},
        {"iat": -(10**400)},
        {"iat": float("-inf")},
        {"nbf": 10**400},
        {"nbf": float("-inf")},
        {"jti": "\ud800"},
        {"jti": 1},
        {"aud": {"a": 1}},
    ],
)
def test_an_assertion_with_a_claim_that_is_none_is_refused_like_any_other(
    app: Flask, client: ApiClient, claims: dict[str, Any]
) -> None:
    account = keyed(client)
    text = assertion(EC_KEY, account["id"], **claims)
    assert refusal(ask(app, **by_assertion(text))) == INVALID_CLIENT
    text = assertion(EC_KEY, "\ud800", **claims)
    assert refusal(ask(app, **by_assertion(text))) == INVALID_CLIENT


@pytest.mark.abuse(32, 33)
@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": "at+jwt"},
        {"jku": "https://evil.test/jwks.json"},
        {"x5u": "https://evil.test/cert.pem"},
        {"jwk": jwk(EC_KEY, "ES256")},
        {"kid": "../../etc/passwd"},
        {"crit": ["exp"]},
    ],
)
def test_an_assertion_with_another_header_is_refused(
    app: Flask, client: ApiClient, header: dict[str, Any]
) -> None:
    account = keyed(client, jwk(EC_KEY, "ES256", kid="one"))
    text = assertion(EC_KEY, account["id"], header=header)
    assert refusal(ask(app, **by_assertion(text))) == INVALID_CLIENT


@pytest.mark.abuse(32)
def test_an_assertion_of_another_key_or_algorithm_is_refused(app: Flask, client: ApiClient) -> None:
    account = keyed(client)
    another = ec.generate_private_key(ec.SECP256R1())
    for key, algorithm in ((another, "ES256"), (RSA_KEY, "RS256"), ("x" * 32, "HS256")):
        text = assertion(key, account["id"], algorithm=algorithm)
        assert refusal(ask(app, **by_assertion(text))) == INVALID_CLIENT
    for text in ("", "x", "a.b.c", assertion(None, account["id"], algorithm="none")):
        response = ask(app, **by_assertion(text))
        assert response.status_code in {400, 401}


@pytest.mark.abuse(33)
def test_an_assertion_is_no_access_token_and_the_other_way_round(
    app: Flask, client: ApiClient
) -> None:
    account = keyed(client)
    text = assertion(EC_KEY, account["id"])
    assert with_token(app, text).get("monitors").status_code == 401
    response = ask(app, **by_assertion(text))
    token = body_of(response)["access_token"]
    assert refusal(ask(app, **by_assertion(token))) == INVALID_CLIENT
