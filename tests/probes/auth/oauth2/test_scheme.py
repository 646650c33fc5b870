"""OAuth 2.0, against an authorization server of Authlib's: every grant, every client authentication."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, Key, OctKey, RSAKey
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.auth.registry import SCHEMES
from probes.base import ProbeResult
from tests.probes.auth.asking import check, credential
from tests.probes.conftest import Prober
from tests.servers.authorization_server import PASSWORD, USER, Client, Issuer
from tests.servers.wsgi import served

SECRET = "s3cr:et/%41+x canary-secret-of-the-client"
Fields = dict[str, Any]


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


EC = pem(ec.generate_private_key(ec.SECP256R1()))
WEAK = pem(rsa.generate_private_key(65537, 1024))  # noqa: S505 - to be refused
RSA = pem(rsa.generate_private_key(65537, 2048))


class Place:
    """The issuer with its address, and ways to check its resource."""

    def __init__(self, issuer: Issuer, url: str, probe: Prober) -> None:
        self.issuer = issuer
        self.url = url
        self.probe = probe

    def credential(self, **fields: object) -> Credential:
        given = {"token_url": f"{self.url}/token", "client_id": "basic", "client_secret": SECRET}
        return credential("oauth2", {**given, "allow_plaintext": True, **fields})

    def check(self, *held: Credential) -> ProbeResult:
        return check(self.probe, f"{self.url}/resource", *held)


def clients() -> dict[str, Client]:
    def assertion(name: str, key: Key) -> Client:
        return Client(name, "", "client_assertion_jwt", key)

    made = [
        Client("basic", SECRET, "client_secret_basic"),
        Client("post", SECRET, "client_secret_post"),
        Client("public", "", "none"),
        assertion("secret-jwt", OctKey.import_key(SECRET)),
        assertion("ec", ECKey.import_key(EC)),
        assertion("rsa", RSAKey.import_key(RSA)),
    ]
    return {each.id: each for each in made}


@pytest.fixture
def place(probe: Prober) -> Iterator[Place]:
    issuer = Issuer(clients())
    with served(issuer.app()) as url:
        issuer.audiences += [f"{url}/token", "https://issuer.example"]
        yield Place(issuer, url, probe)


CLIENTS: dict[str, Fields] = {
    "basic": {},
    "post": {"client_id": "post", "client_authentication": "post"},
    "client_secret_jwt": {"client_id": "secret-jwt", "client_authentication": "client_secret_jwt"},
    "private_key_jwt, ES256": {
        "client_id": "ec", "client_authentication": "private_key_jwt", "private_key": EC,
    },
    "private_key_jwt, RS256": {
        "client_id": "rsa", "client_authentication": "private_key_jwt", "private_key": RSA,
    },
    "private_key_jwt, issuer": {
        "client_id": "ec", "client_authentication": "private_key_jwt", "private_key": EC,
        "issuer": "https://issuer.example", "key_id": "k1",
    },
}  # fmt: skip


@pytest.mark.parametrize("how", CLIENTS)
def test_a_client_proves_who_it_is(place: Place, how: str) -> None:
    result = place.check(place.credential(**CLIENTS[how]))
    assert result.outcome is Outcome.UP, result.detail
    assert place.issuer.forms[0]["grant_type"] == "client_credentials"


GRANTS: dict[str, Fields] = {
    "password": {"grant": "password", "username": USER, "password": PASSWORD},
    "password, public client": {
        "grant": "password", "username": USER, "password": PASSWORD,
        "client_id": "public", "client_authentication": "none",
    },
    "jwt_bearer": {
        "grant": "jwt_bearer", "client_id": "ec", "client_authentication": "none",
        "private_key": EC, "subject": USER, "issuer": "https://issuer.example",
    },
}  # fmt: skip


@pytest.mark.parametrize("how", GRANTS)
def test_every_grant_ends_in_a_token(place: Place, how: str) -> None:
    result = place.check(place.credential(**GRANTS[how]))
    assert result.outcome is Outcome.UP, result.detail


def test_a_refresh_token_that_changes_is_kept_in_memory(place: Place) -> None:
    place.check(place.credential(**GRANTS["password"]))
    [first] = place.issuer.refresh_tokens
    held = place.credential(grant="refresh_token", refresh_token=first)
    for _ in range(3):
        assert place.check(held).outcome is Outcome.UP
        place.issuer.tokens.clear()
    used = [each["refresh_token"] for each in place.issuer.forms[1:]]
    assert used[0] == first
    assert len(set(used)) == 3


def test_a_refresh_token_is_not_used_by_two_checks_at_once(place: Place) -> None:
    held = place.credential(grant="refresh_token", refresh_token="r")
    held.memory["refreshing"] = True
    result = place.check(held)
    assert (result.outcome, place.issuer.seen["token"]) == (Outcome.UNKNOWN, 0)


def test_scope_audience_resource_and_the_rest_are_sent(place: Place) -> None:
    wanted = {"scope": "a b", "audience": "https://api", "resource": "urn:x"}
    place.check(place.credential(**wanted, extra={"tenant": "t&t"}))
    [form] = place.issuer.forms
    assert form == {"grant_type": "client_credentials", **wanted, "tenant": "t&t"}


def test_a_token_serves_many_checks(place: Place) -> None:
    held = place.credential()
    for _ in range(3):
        assert place.check(held).outcome is Outcome.UP
    assert place.issuer.seen == {"token": 1, "resource": 3}


def test_a_token_that_is_refused_is_renewed_once(place: Place) -> None:
    held = place.credential()
    place.check(held)
    place.issuer.tokens.clear()
    assert place.check(held).outcome is Outcome.UP
    assert place.issuer.seen == {"token": 2, "resource": 3}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_secret": "wrong"}, "401 invalid_client"),
        ({"client_id": "nobody"}, "401 invalid_client"),
        ({"basic_encoding": "raw"}, "401 invalid_client"),
        ({"grant": "password", "username": USER, "password": "wrong"}, "400 invalid_request"),
        ({"grant": "refresh_token", "refresh_token": "gone"}, "400 invalid_grant"),
        (
            {"client_id": "rsa", "client_authentication": "private_key_jwt", "private_key": EC},
            "400 invalid_client",
        ),
    ],
)
def test_a_refusal_is_told_in_the_servers_code(place: Place, changes: Fields, words: str) -> None:
    result = place.check(place.credential(**changes))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == f"The token endpoint answered {words}."
    assert place.issuer.seen["resource"] == 0


def fields(**given: object) -> Fields:
    return {"client_id": "c", "client_secret": SECRET, "allow_plaintext": True, **given}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"token_url": "http://a.example/", "allow_plaintext": False}, "plain http"),
        ({"token_url": "ftp://a.example/"}, "Not a URL"),
        ({"client_secret": None}, "basic needs a client_secret"),
        ({"client_authentication": "private_key_jwt"}, "needs a private_key"),
        ({"client_authentication": "none"}, "needs a client authentication"),
        ({"client_authentication": "client_secret_jwt", "client_secret": "x"}, "32 bytes"),
        ({"private_key": "no key"}, "not a private key in PEM"),
        ({"private_key": WEAK}, "2048 to 4096 bits"),
        ({"grant": "password"}, "needs username and password"),
        ({"grant": "refresh_token"}, "needs a refresh_token"),
        ({"grant": "jwt_bearer"}, "needs a private_key"),
        ({"extra": {"grant_type": "x"}}, "has a field of its own"),
        ({"client_id": "a\r\nb"}, "line breaks"),
        ({"client_secret": "a\nb"}, "line breaks"),
        ({"no_such_field": 1}, "Extra inputs"),
    ],
)
def test_what_cannot_work_is_refused_in_words(given: Fields, words: str) -> None:
    wanted = fields(token_url="https://issuer.example/token")
    with pytest.raises(ValidationError, match=words) as caught:
        SCHEMES["oauth2"].settings.model_validate({**wanted, **given})
    assert SECRET not in str(caught.value)
