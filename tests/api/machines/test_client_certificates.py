"""Client certificates: believed only of the proxies that are named, and tokens are bound to them."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask

from config.settings import Settings
from server.identity.clients import thumbprint_of
from server.resources import Transactions
from tests.api.applications import Applications
from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import new_account, token_of, with_token

HEADER = "X-Client-Certificate"
PROXY = {"REMOTE_ADDR": "192.0.2.1"}


def certificate(name: str) -> x509.Certificate:
    issued = trustme.CA().issue_cert(name)
    return x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())


OURS, ANOTHER = certificate("robot.test"), certificate("other.test")


def escaped(found: x509.Certificate) -> dict[str, str]:
    return {HEADER: quote(found.public_bytes(Encoding.PEM).decode())}


@pytest.fixture
def app(
    applications: Applications, settings: Settings, transaction: Transactions
) -> Iterator[Flask]:
    """Make the application that stands behind a proxy which verifies certificates."""
    changes = {"client_certificate_header": HEADER, "certificate_proxies": ["192.0.2.0/24"]}
    behind = Settings.model_validate({**settings.model_dump(by_alias=True), **changes})
    with applications.serving(behind, transaction) as app:
        yield app


@pytest.fixture
def account(client: ApiClient) -> dict[str, Any]:
    return new_account(client, scheme="tls_client_auth", certificate_thumbprint=thumbprint_of(OURS))


def ask(
    app: Flask, account: dict[str, Any], headers: dict[str, str], **environ: str
) -> tuple[int, str]:
    response = ApiClient(app).send(
        "POST",
        "/oauth/token",
        data={"grant_type": "client_credentials", "client_id": account["id"]},
        headers=headers,
        environ_base={**PROXY, **environ},
    )
    return response.status_code, body_of(response).get("access_token", "")


def test_a_certificate_proves_it_in_either_form_of_the_header(
    app: Flask, account: dict[str, Any]
) -> None:
    der = base64.b64encode(OURS.public_bytes(Encoding.DER)).decode()
    for headers in (escaped(OURS), {HEADER: f":{der}:"}):
        assert ask(app, account, headers)[0] == 200


def test_the_header_says_nothing_from_anywhere_else(app: Flask, account: dict[str, Any]) -> None:
    assert ask(app, account, escaped(OURS), REMOTE_ADDR="198.51.100.1")[0] == 401
    assert ask(app, account, escaped(OURS), REMOTE_ADDR="127.0.0.1")[0] == 401


@pytest.mark.parametrize("text", ["", "x", "::", ":!:", "%00", "-----BEGIN CERTIFICATE-----"])
def test_what_is_no_certificate_proves_nothing(
    app: Flask, account: dict[str, Any], text: str
) -> None:
    assert ask(app, account, {HEADER: text})[0] == 401


def test_another_certificate_proves_nothing(app: Flask, account: dict[str, Any]) -> None:
    assert ask(app, account, escaped(ANOTHER))[0] == 401


@pytest.mark.abuse(37)
def test_a_token_is_bound_to_the_certificate(app: Flask, account: dict[str, Any]) -> None:
    machine = with_token(app, ask(app, account, escaped(OURS))[1])
    for headers, environ, status in (
        (escaped(OURS), PROXY, 200),
        (escaped(ANOTHER), PROXY, 401),
        ({}, PROXY, 401),
        (escaped(OURS), {"REMOTE_ADDR": "198.51.100.1"}, 401),
    ):
        response = machine.send("GET", "monitors", headers=headers, environ_base=environ)
        assert response.status_code == status


def test_a_token_that_is_bound_to_nothing_needs_no_certificate(
    app: Flask, client: ApiClient
) -> None:
    machine = with_token(app, token_of(app, new_account(client)))
    response = machine.send("GET", "monitors", headers=escaped(ANOTHER), environ_base=PROXY)
    assert response.status_code == 200


def test_the_metadata_offers_certificates(app: Flask) -> None:
    described = ApiClient(app).read("/.well-known/oauth-authorization-server")
    assert "tls_client_auth" in described["token_endpoint_auth_methods_supported"]
    assert described["tls_client_certificate_bound_access_tokens"] is True
