"""Machines of the tests: clients with keys of their own, and how they ask for tokens."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from flask import Flask
from werkzeug.test import TestResponse

from api.request.oauth import ASSERTION_TYPE
from tests.api.account_mails import invitation_token
from tests.api.client import PASSWORD, ApiClient, body_of

ISSUER = "http://127.0.0.1:8000"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED_KEY = ed25519.Ed25519PrivateKey.generate()
INVALID_CLIENT = (401, "invalid_client")


def with_token(app: Flask, token: str) -> ApiClient:
    """Make a client that sends a token, or an API key, with each request."""
    client = ApiClient(app)
    client.token = token
    return client


def new_key(client: ApiClient, *scopes: str, **values: object) -> dict[str, Any]:
    return client.make("api-keys", name="Robot", scopes=list(scopes or ["monitor:read"]), **values)


def new_account(client: ApiClient, *scopes: str, **values: object) -> dict[str, Any]:
    given = {"name": "Robot", "scheme": "client_secret", **values}
    return client.make("service-accounts", scopes=list(scopes or ["monitor:read"]), **given)


def basic(client_id: str, secret: str) -> dict[str, str]:
    text = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


def ask(
    app: Flask,
    path: Any = "token",  # noqa: ANN401 - so that a form can be given as keywords
    headers: Any = None,  # noqa: ANN401 - the same
    **form: object,
) -> TestResponse:
    """Ask one of the endpoints of `/oauth` for something; for a token unless told otherwise."""
    data = {"grant_type": "client_credentials", **form} if path == "token" else form
    return ApiClient(app).send("POST", f"/oauth/{path}", data=data, headers=headers or {})


def token_of(app: Flask, account: dict[str, Any], **form: object) -> str:
    response = ask(app, headers=basic(account["id"], account["client_secret"]), **form)
    assert response.status_code == 200, response.text
    return str(body_of(response)["access_token"])


def assertion(
    key: Any,  # noqa: ANN401 - any private key
    client_id: str,
    *,
    algorithm: str = "ES256",
    header: dict[str, Any] | None = None,
    **claims: object,
) -> str:
    now = datetime.now(UTC)
    payload = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "iat": now,
        "exp": now + timedelta(seconds=60),
        "jti": uuid4().hex,
        **claims,
    }
    kept = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(
        kept,
        key,
        algorithm=algorithm,
        headers={"typ": "client-authentication+jwt", **(header or {})},
    )


def by_assertion(text: str) -> dict[str, str]:
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": text}


def join(owner: ApiClient, app: Flask, name: str, role: str) -> ApiClient:
    """Let somebody new become a member."""
    invited = owner.make("invitations", email=f"{name}@example.test", role=role)
    token = invitation_token(app, invited["id"])
    response = ApiClient(app).post("auth/accept-invitation", {"token": token, "password": PASSWORD})
    return ApiClient(app).use(response)


def jwk(key: Any, algorithm: str, **more: str) -> dict[str, Any]:  # noqa: ANN401 - any key
    members = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**{name: members[name] for name in members if name != "key_ops"}, **more}


def keyed(client: ApiClient, *keys: dict[str, Any], **values: object) -> dict[str, Any]:
    given = list(keys) or [jwk(EC_KEY, "ES256")]
    return new_account(client, scheme="private_key_jwt", keys=given, **values)


def refusal(response: Any) -> tuple[int, str]:  # noqa: ANN401 - a response
    body = body_of(response)
    assert body.keys() == {"error", "error_description"}
    assert response.headers["Cache-Control"] == "no-store"
    return response.status_code, body["error"]
