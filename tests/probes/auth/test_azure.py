"""The applications of Microsoft: what the token endpoint is sent, verified by joserfc."""

from base64 import urlsafe_b64encode
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

from probes.auth.base import Credential
from tests.probes.auth.asking import conversation, credential, header, request
from tests.probes.auth.token_endpoint import form, issuing

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
Fields = dict[str, Any]


def azure(**given: object) -> Credential:
    fields = {"tenant": "contoso.example", "client_id": "app-1", "scope": "api://x/.default"}
    return credential("azure", {**fields, **given})


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


@pytest.mark.parametrize(
    "given",
    [
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
