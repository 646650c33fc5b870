"""The applications of Microsoft: what the token endpoint is sent, verified by joserfc."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from joserfc import jwt
from joserfc.jwk import import_key
from pydantic import ValidationError

from probes.auth.base import AuthorizationError, Credential
from probes.auth.registry import SCHEMES
from tests.probes.auth.asking import conversation, credential, header, request
from tests.probes.auth.token_endpoint import form, issuing

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
Fields = dict[str, Any]
FIELDS = {"tenant": "contoso.example", "client_id": "app-1", "scope": "api://x/.default"}
OWN_ISSUER = {
    "issuer": "https://issuer.example", "subject": "monitor", "key_id": "key-1", "private_key": PEM,
}  # fmt: skip


def azure(**given: object) -> Credential:
    return credential("azure", {**FIELDS, **given})


def test_microsoft_is_sent_the_secret() -> None:
    held = azure(client_secret="canary-secret")
    asked, _ = conversation(held, request(), issuing(access_token="t", token_type="Bearer"))
    assert asked[0].url.text == (
        "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token"
    )
    assert form(asked[0]) == {
        "grant_type": "client_credentials",
        "client_id": "app-1",
        "client_secret": "canary-secret",
        "scope": "api://x/.default",
    }
    assert header(asked[1], "Authorization") == "Bearer t"


def test_microsoft_is_sent_an_assertion_of_the_certificate() -> None:
    issued = trustme.CA(key_type=trustme.KeyType.RSA).issue_cert(
        "app@contoso.example", key_type=trustme.KeyType.RSA
    )
    certificate, key = issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes()
    held = azure(
        certificate=certificate.decode(), private_key=key.decode(), cloud="login.microsoftonline.us"
    )
    asked, _ = conversation(held, request(), issuing(access_token="t"))
    public = load_pem_private_key(key, None).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = jwt.decode(form(asked[0])["client_assertion"], import_key(pem, "RSA"))
    assert token.claims["aud"] == asked[0].url.text
    assert token.claims["iss"] == token.claims["sub"] == "app-1"
    print_ = x509.load_pem_x509_certificate(certificate).fingerprint(SHA256())
    assert token.header["x5t#S256"] == urlsafe_b64encode(print_).rstrip(b"=").decode()


def federated(**claims: object) -> str:
    """Make a token of somebody else's issuer."""
    seconds = int(datetime.now(UTC).timestamp())
    return jwt.encode({"alg": "RS256"}, {"exp": seconds + 600, **claims}, import_key(PEM, "RSA"))


def test_microsoft_is_sent_a_federated_token_as_it_is() -> None:
    token = federated(iss="https://issuer.example")
    asked, _ = conversation(
        azure(client_assertion=token), request(), issuing(access_token="t", token_type="Bearer")
    )
    sent = form(asked[0])
    assert sent["client_assertion"] == token
    assert sent["client_assertion_type"].endswith(":client-assertion-type:jwt-bearer")


@pytest.mark.parametrize(
    ("cloud", "audience"),
    [
        ("login.microsoftonline.com", "api://AzureADTokenExchange"),
        ("login.microsoftonline.us", "api://AzureADTokenExchangeUSGov"),
        ("login.partner.microsoftonline.cn", "api://AzureADTokenExchangeChina"),
    ],
)
def test_an_issuer_of_the_users_own_speaks_for_the_application(cloud: str, audience: str) -> None:
    held = azure(**OWN_ISSUER, cloud=cloud)
    asked, _ = conversation(held, request(), issuing(access_token="t"))
    token = jwt.decode(form(asked[0])["client_assertion"], import_key(PEM, "RSA"))
    assert token.header["kid"] == "key-1"
    found = {name: token.claims[name] for name in ("iss", "sub", "aud")}
    assert found == {"iss": "https://issuer.example", "sub": "monitor", "aud": audience}


def test_a_federated_token_that_ends_while_it_is_stored_makes_the_check_say_so() -> None:
    fields = {**FIELDS, "client_assertion": federated(exp=1)}
    settings = SCHEMES["azure"].settings.model_validate(fields, context={"stored": True})
    held = Credential(id=1, version=1, scheme="azure", settings=settings)
    with pytest.raises(AuthorizationError, match=r"has expired\. Give a new one"):
        conversation(held, request(), issuing(access_token="t"))


@pytest.mark.parametrize("name", ["managed_identity", "identity_endpoint", "msi_endpoint"])
def test_the_managed_identity_of_our_own_host_is_for_nobody(name: str) -> None:
    with pytest.raises(ValidationError, match="would belong to this service, not to you"):
        azure(**{name: True})


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/metadata/identity/oauth2/token",
        "http://[fd00:ec2::254]/token",
        "http://168.63.129.16/token",
        "http://[::ffff:169.254.169.254]/token",
    ],
)
def test_no_scheme_asks_a_metadata_service_for_a_token(url: str) -> None:
    fields = {"token_url": url, "client_id": "c", "client_secret": "s", "allow_plaintext": True}
    with pytest.raises(ValidationError, match="This service may not connect to this address"):
        credential("oauth2", fields)


@pytest.mark.parametrize(
    "given",
    [
        {"client_assertion": "no token"},
        {"client_assertion": "a.b.c"},
        {"client_assertion": federated(exp=1)},
        {"client_assertion": federated(), "client_secret": "s"},
        {**OWN_ISSUER, "key_id": None},
        {**OWN_ISSUER, "subject": None},
        {**OWN_ISSUER, "client_secret": "s"},
        {},
        {"client_secret": "s", "certificate": "c"},
        {"client_secret": "s", "tenant": "../../evil"},
        {"client_secret": "s", "tenant": "a/b"},
        {"client_secret": "s", "client_id": "a&b"},
        {"client_secret": "s", "cloud": "evil.example"},
        {"client_secret": "s", "scope": "a\r\nb"},
        {"certificate": trustme.CA().cert_pem.bytes().decode(), "private_key": PEM},
    ],
)
def test_what_microsoft_cannot_take_is_refused(given: Fields) -> None:
    with pytest.raises(ValidationError):
        azure(**given)
