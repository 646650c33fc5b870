"""OAuth 1.0a, verified by an implementation in Node, and the worked example of an old provider."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.auth.oauth1 import Oauth1Settings, authorization, client
from tests.probes.auth import keys
from tests.probes.auth.asking import check, credential, header, request, sent
from tests.probes.conftest import Prober

FIELDS: dict[str, object] = {
    "consumer_key": "monitor",
    "consumer_secret": "c&s",
    "token": "tök".encode().hex(),
    "token_secret": "t%s",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
METHODS = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512"]


def held(method: str = "HMAC-SHA1", **fields: object) -> Credential:
    key = {"private_key": keys.private_pem(keys.RSA)} if method.startswith("RSA") else {}
    return credential("oauth1", FIELDS | {"method": method} | key | fields)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path", ["/oauth1", "/oauth1/a%20b?b=2&a=%C3%BC&c=d%20e", "/oauth1?x=$'[]{}"]
)
def test_the_other_implementation_takes_each_method(
    probe: Prober, node: str, path: str, method: str
) -> None:
    assert check(probe, f"{node}{path}", held(method)).outcome is Outcome.UP


def test_a_form_is_covered_and_another_body_is_not(probe: Prober, node: str) -> None:
    settings: dict[str, Any] = {"method": "POST", "headers": FORM}
    for body in ("status=Hello%20Ladies+%2B%20Gentlemen", "a=grüße&b='$'"):
        result = check(probe, f"{node}/oauth1?q=1", held(), body=body, **settings)
        assert result.outcome is Outcome.UP
    assert check(probe, f"{node}/oauth1", held(), method="POST", body="{}").outcome is Outcome.UP


@pytest.mark.abuse(105)
@pytest.mark.parametrize("body", ["a=b&" * 501, "a=" + "x" * 16 * 1024])
def test_a_form_that_would_take_long_to_sign_is_not_signed(probe: Prober, body: str) -> None:
    url = "https://site.example/"
    result = check(probe, url, held(), method="POST", headers=FORM, body=body)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == (
        "OAuth 1.0a signs each parameter: a form may have 16 KiB and 500 parameters at most."
    )


@pytest.mark.abuse(105)
def test_parameters_of_the_url_count_as_those_of_a_form_do(probe: Prober) -> None:
    url = f"https://site.example/?{'a=b&' * 300}"
    result = check(probe, url, held(), method="POST", headers=FORM, body="a=b&" * 201)
    assert result.detail.startswith("OAuth 1.0a signs each parameter")


def test_another_secret_is_refused(probe: Prober, node: str) -> None:
    wrong = held(token_secret="x")
    assert check(probe, f"{node}/oauth1", wrong).cause is Cause.AUTHORIZATION


def test_the_worked_example_of_twitter() -> None:
    settings = Oauth1Settings.model_validate(
        {
            "consumer_key": "xvz1evFS4wEEPTGEFPHBog",
            "consumer_secret": "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
            "token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            "token_secret": "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
        }
    )
    signer = client(
        settings, nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg", timestamp="1318622958"
    )
    posted = request(
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
        method="POST",
        body=b"status=Hello%20Ladies%20%2b%20Gentlemen%2c%20a%20signed%20OAuth%20request%21",
        headers=(("Content-Type", "application/x-www-form-urlencoded"),),
    )
    assert 'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"' in authorization(
        signer, None, posted
    )


def test_plaintext_sends_the_secrets_and_the_realm_is_named() -> None:
    value = header(sent(held("PLAINTEXT", realm="Photos"), request()), "Authorization")
    assert value.startswith('OAuth realm="Photos", oauth_nonce=')
    assert 'oauth_signature="c%2526s%26t%2525s"' in value


def test_each_request_has_a_nonce_of_its_own() -> None:
    signer = held()
    values = {header(sent(signer, request()), "Authorization") for _ in range(3)}
    assert len(values) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"method": "RSA-SHA256"},
        {"method": "RSA-SHA256", "private_key": "x"},
        {"method": "RSA-SHA256", "private_key": keys.private_pem(keys.EC["ES256"])},
        {"private_key": keys.private_pem(keys.RSA)},
        {"consumer_secret": ""},
        {"consumer_key": "a\r\nb"},
        {"token": "a\nb"},
        {"realm": 'a"b'},
        {"method": "MD5"},
    ],
)
def test_what_cannot_sign_is_refused_when_it_is_written(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        credential("oauth1", FIELDS | fields)
    assert "PRIVATE KEY-----" not in str(refused.value)
