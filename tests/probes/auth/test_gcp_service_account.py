"""The service accounts of Google: what the token endpoint is sent, verified by joserfc."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from probes.auth.base import AuthorizationError, Credential
from tests.probes.auth.asking import conversation, credential, header, request
from tests.probes.auth.token_endpoint import form, issuing

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
ACCOUNT = {
    "type": "service_account",
    "project_id": "p",
    "private_key_id": "key-1",
    "private_key": PEM,
    "client_email": "watch@p.iam.gserviceaccount.com",
    "token_uri": "https://oauth2.googleapis.com/token",
}
Fields = dict[str, Any]


def gcp(**given: object) -> Credential:
    return credential("gcp_service_account", {"service_account": json.dumps(ACCOUNT), **given})


@pytest.mark.parametrize(
    ("wanted", "name"),
    [({"target_audience": "https://run.example"}, "id_token"), ({"scope": "s"}, "access_token")],
)
def test_google_is_sent_an_assertion_and_its_token_goes_to_the_site(
    wanted: Fields, name: str
) -> None:
    asked, last = conversation(gcp(**wanted), request(), issuing(**{name: "t-1"}))
    assert [each.url.text for each in asked] == [ACCOUNT["token_uri"], request().url.text]
    assert header(asked[1], "Authorization") == "Bearer t-1"
    assert last.body == b"inside"
    sent = form(asked[0])
    assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    token = jwt.decode(sent["assertion"], RSAKey.import_key(public), algorithms=["RS256"])
    assert token.header["kid"] == "key-1"
    assert token.claims["iss"] == token.claims["sub"] == ACCOUNT["client_email"]
    assert token.claims["aud"] == ACCOUNT["token_uri"]
    assert token.claims["exp"] - token.claims["iat"] <= 3600
    assert {name: token.claims.get(name) for name in wanted} == wanted


def test_a_token_of_google_serves_many_checks() -> None:
    held = gcp(scope="s")
    conversation(held, request(), issuing(access_token="t", expires_in=3599))
    asked, _ = conversation(held, request(), issuing())
    assert len(asked) == 1


def test_the_wrong_kind_of_token_is_not_taken() -> None:
    with pytest.raises(AuthorizationError, match="answered without a token"):
        conversation(gcp(scope="s"), request(), issuing(id_token="t"))


@pytest.mark.parametrize(
    "change",
    [
        {"token_uri": "https://evil.example/token"},
        {"token_uri": "http://169.254.169.254/token"},
        {"type": "authorized_user"},
        {"private_key": "none"},
        {"client_email": "a\r\nb"},
        {"private_key_id": None},
    ],
)
def test_a_key_file_that_leads_elsewhere_or_is_none_is_refused(change: Fields) -> None:
    text = json.dumps({**ACCOUNT, **change})
    with pytest.raises(ValidationError) as caught:
        gcp(service_account=text, scope="s")
    assert "PRIVATE" not in str(caught.value)
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", pytest.param("[" * 10_000, id="deep")])
def test_what_is_no_key_file_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        gcp(service_account=text, scope="s")


@pytest.mark.parametrize("given", [{}, {"scope": "a", "target_audience": "b"}])
def test_google_needs_an_audience_or_a_scope(given: Fields) -> None:
    with pytest.raises(ValidationError, match="either a target_audience or a scope"):
        gcp(**given)
