"""Other people's clients get along with the token endpoint: Authlib's, openid-client and jose."""

import base64
import time
from collections.abc import Iterator

import pytest
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]  # it ships none
from authlib.oauth2.rfc7523 import PrivateKeyJWT  # type: ignore[import-untyped]  # it ships none
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from joserfc.jwk import ECKey

from config.settings import Settings
from server.resources import Transactions
from tests.api.applications import Serve
from tests.api.client import ApiClient
from tests.api.machines.callers import jwk, new_account
from tests.servers.token_client import asked_for_tokens
from tests.servers.wsgi import served

KEY = ec.generate_private_key(ec.SECP256R1())
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
DER = base64.b64encode(KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


@pytest.fixture
def site(
    serve: Serve, settings: Settings, transaction: Transactions
) -> Iterator[tuple[Flask, str]]:
    """Serve the application where its public address says."""
    apps: list[Flask] = []
    # Its address is known only once it is served.
    with served(lambda environ, respond: apps[0](environ, respond)) as url:  # noqa: PLW0108
        apps.append(serve(settings.model_copy(update={"public_url": url}), transaction))
        yield apps[0], url


@pytest.fixture
def owner(site: tuple[Flask, str]) -> ApiClient:
    return ApiClient(site[0]).register("ada@example.test")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_authlib_gets_a_token_by_a_secret(
    site: tuple[Flask, str], owner: ApiClient, method: str
) -> None:
    app, url = site
    account = new_account(owner)
    with OAuth2Session(
        account["id"], account["client_secret"], token_endpoint_auth_method=method
    ) as session:
        token = session.fetch_token(f"{url}/oauth/token", grant_type="client_credentials")
        assert token["scope"] == "monitor:read"
        assert session.get(f"{url}/api/v1/monitors").status_code == 200
    del app


def test_authlib_gets_a_token_by_a_private_key(site: tuple[Flask, str], owner: ApiClient) -> None:
    _, url = site
    account = new_account(owner, scheme="private_key_jwt", keys=[jwk(KEY, "ES256")])
    with OAuth2Session(
        account["id"], ECKey.import_key(PEM), token_endpoint_auth_method="private_key_jwt"
    ) as session:
        session.register_client_auth_method(
            # Left to itself it would write an hour, and another type.
            PrivateKeyJWT(
                url,
                claims={"exp": int(time.time()) + 60},
                headers={"alg": "ES256", "typ": "client-authentication+jwt"},
                alg="ES256",
            )
        )
        session.fetch_token(
            f"{url}/oauth/token", grant_type="client_credentials", scope="monitor:read"
        )
        assert session.get(f"{url}/api/v1/monitors").status_code == 200


def test_openid_client_gets_tokens_that_jose_verifies(
    site: tuple[Flask, str], owner: ApiClient
) -> None:
    _, url = site
    secret = new_account(owner)
    key = new_account(owner, scheme="private_key_jwt", keys=[jwk(KEY, "ES256")])
    by_secret = {"client_id": secret["id"], "secret": secret["client_secret"]}
    clients = [
        {**by_secret, "method": "basic"},
        {**by_secret, "method": "post"},
        {"client_id": key["id"], "private_key": DER.decode(), "method": "jwt"},
    ]
    answers = asked_for_tokens({"issuer": url, "clients": clients})
    assert answers == [
        {"scope": "monitor:read", "client_id": each["client_id"], "before": True, "after": False}
        for each in clients
    ]
