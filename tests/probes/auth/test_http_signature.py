"""HTTP message signatures, verified by an implementation in Node."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from tests.probes.auth import keys
from tests.probes.auth.asking import check, credential, header, request, sent
from tests.probes.conftest import Prober

SIGNING = {
    "ed25519": keys.private_pem(keys.ED25519),
    "ecdsa-p256-sha256": keys.private_pem(keys.EC["ES256"]),
    "rsa-pss-sha512": keys.private_pem(keys.RSA),
    "hmac-sha256": keys.SHARED_BASE64,
}


def held(algorithm: str = "ed25519", **fields: object) -> Credential:
    given = {"key_id": "monitor", "algorithm": algorithm, "key": SIGNING[algorithm]}
    return credential("http_signature", given | fields)


@pytest.mark.parametrize("algorithm", SIGNING)
@pytest.mark.parametrize("settings", [{}, {"method": "POST", "body": "grüße"}])
def test_the_other_implementation_takes_each_algorithm(
    probe: Prober, node: str, algorithm: str, settings: dict[str, Any]
) -> None:
    url = f"{node}/signature/a//b/../c?d=e&f='x'"
    assert check(probe, url, held(algorithm), **settings).outcome is Outcome.UP


def test_another_key_or_an_uncovered_part_is_refused(probe: Prober, node: str) -> None:
    url = f"{node}/signature"
    other = held("hmac-sha256", key="MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY9")
    assert check(probe, url, other).cause is Cause.AUTHORIZATION
    assert check(probe, url, held(components=["@method"])).cause is Cause.AUTHORIZATION
    assert check(probe, url, held(key_id="stranger")).cause is Cause.AUTHORIZATION


def test_headers_of_the_monitor_may_be_covered(probe: Prober, node: str) -> None:
    signer = held(components=["@method", "@target-uri", "@authority", "x-a", "content-type"])
    result = check(
        probe, f"{node}/signature", signer, method="POST", body="{}", headers={"X-A": "b"}
    )
    assert result.outcome is Outcome.UP


def test_a_header_that_is_not_there_is_named(probe: Prober, node: str) -> None:
    result = check(probe, f"{node}/signature", held(components=["@method", "x-a"]))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The request cannot be signed: it lacks one of x-a."


def test_label_tag_and_nonce_go_along() -> None:
    value = header(
        sent(held(label="mine", tag="app", with_nonce=True), request()), "Signature-Input"
    )
    assert value.startswith('mine=("@method" "@target-uri");created=')
    assert ';tag="app"' in value
    assert ";nonce=" in value


@pytest.mark.parametrize(
    "fields",
    [
        {"key": "x"},
        {"key": keys.public_pem(keys.ED25519)},
        {"key": keys.private_pem(keys.RSA)},
        {"algorithm": "hmac-sha256", "key": "c2hvcnQ="},
        {"algorithm": "hmac-sha256", "key": "!"},
        {"algorithm": "rsa-v1_5-sha256"},
        {"components": ["@status"]},
        {"components": ["@method", "@method"]},
        {"components": ["X-Upper"]},
        {"components": []},
        {"label": "a b"},
        {"key_id": "a\nb"},
    ],
)
def test_what_cannot_sign_is_refused_when_it_is_written(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        credential(
            "http_signature",
            {"key_id": "monitor", "algorithm": "ed25519", "key": SIGNING["ed25519"]} | fields,
        )
    assert "PRIVATE KEY-----" not in str(refused.value)
