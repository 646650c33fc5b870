"""Tokens signed for each request, verified by jose in Node."""

from datetime import UTC, datetime

import jwt as pyjwt
import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from tests.probes.auth import keys
from tests.probes.auth.asking import check, credential, header, request, sent
from tests.probes.conftest import Prober

FIELDS: dict[str, object] = {
    "key_id": "k1",
    "claims": {"iss": "monitor", "aud": "{origin}", "request": "{method} {path}", "n": 1},
}


@pytest.mark.parametrize("algorithm", keys.OF_JWT)
def test_jose_takes_a_token_of_each_algorithm(probe: Prober, node: str, algorithm: str) -> None:
    key = keys.signing(keys.OF_JWT[algorithm])
    held = credential("jwt", FIELDS | {"algorithm": algorithm, "key": key})
    for _ in range(2):
        assert check(probe, f"{node}/jwt/a?b", held).outcome is Outcome.UP
    assert check(probe, f"{node}/jwt", held, method="POST", body="x").outcome is Outcome.UP


def test_jose_refuses_a_token_of_another_key_or_for_another_site(probe: Prober, node: str) -> None:
    fields = FIELDS | {"algorithm": "HS256", "key": "another" * 10}
    assert check(probe, f"{node}/jwt", credential("jwt", fields)).cause is Cause.AUTHORIZATION
    fields = FIELDS | {"algorithm": "HS256", "key": keys.SHARED, "claims": {"iss": "monitor"}}
    assert check(probe, f"{node}/jwt", credential("jwt", fields)).cause is Cause.AUTHORIZATION


def claims_of(**fields: object) -> tuple[dict[str, object], dict[str, object]]:
    held = credential("jwt", {"algorithm": "HS256", "key": keys.SHARED, "prefix": ""} | fields)
    token = header(sent(held, request()), "Authorization")
    return pyjwt.decode(token, keys.SHARED, ["HS256"]), pyjwt.get_unverified_header(token)


def test_each_token_is_new_and_short_lived() -> None:
    first, _ = claims_of(lifetime_seconds=30)
    second, _ = claims_of(lifetime_seconds=30, not_before=True)
    assert first["jti"] != second["jti"]
    now = datetime.now(UTC).timestamp()
    issued, expires = first["iat"], first["exp"]
    assert isinstance(issued, int)
    assert isinstance(expires, int)
    assert abs(now - issued) < 60
    assert expires - issued == 30
    assert ("nbf" in first, second["nbf"]) == (False, second["iat"])


def test_claims_of_any_shape_are_kept_and_filled_in_one_pass() -> None:
    claims, head = claims_of(
        claims={"list": ["{host}", "x"], "float": 1.5, "yes": True, "url": "{url} {unknown} {"},
        token_headers={"cty": "{host}"},
        type="at+jwt",
    )
    assert claims["list"] == ["site.example", "x"]
    assert (claims["float"], claims["yes"]) == (1.5, True)
    assert claims["url"] == "https://site.example/a?b=c {unknown} {"
    assert (head["cty"], head["typ"], "kid" in head) == ("{host}", "at+jwt", False)


@pytest.mark.parametrize(
    "fields",
    [
        {"algorithm": "none"},
        {"algorithm": "HS256", "key": "short"},
        {"algorithm": "HS512", "key": "x" * 63},
        {"algorithm": "RS256", "key": "x" * 100},
        {"algorithm": "RS256", "key": keys.public_pem(keys.RSA)},
        {"algorithm": "ES256", "key": keys.private_pem(keys.RSA)},
        {"algorithm": "ES256", "key": keys.private_pem(keys.EC["ES384"])},
        {"algorithm": "HS256", "key": keys.public_pem(keys.RSA)},
        {"algorithm": "HS256", "key": "!" * 40, "key_encoding": "base64"},
        {"lifetime_seconds": 3601},
        {"claims": {"exp": 1}},
        *(
            pytest.param({"claims": claims}, marks=pytest.mark.abuse(105))
            for claims in (
                {f"c{number}": "x" * 4000 for number in range(3)},
                {"a": "{url}" * 21},
                {f"c{number}": ["{url}{host}"] for number in range(11)},
            )
        ),
        {"claims": {"a": "b\r\nc"}},
        {"claims": {"a": float("nan")}},
        {"token_headers": {"alg": "none"}},
        {"token_headers": {"crit": "x"}},
        {"header": "Host"},
        {"prefix": "Bearer\r\nX:"},
        {"key_id": "k\n"},
    ],
)
def test_what_cannot_be_signed_is_refused_when_it_is_written(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        credential("jwt", {"algorithm": "HS256", "key": keys.SHARED} | fields)
    assert "PRIVATE KEY-----" not in str(refused.value)
    assert keys.SHARED not in str(refused.value)
