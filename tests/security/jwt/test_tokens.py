"""Access tokens: what is refused, whoever made it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from security.jwt import tokens
from security.jwt.signing_keys import SigningKeys, thumbprint
from security.jwt.tokens import AccessTokens, Claims, TokenError

ISSUER = "https://downtime.test"
KEY = ec.generate_private_key(ec.SECP256R1())
CLAIMS = Claims(user_id=uuid4(), organization_id=uuid4(), session_id=uuid4())
NOW = datetime.now(UTC)


def pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def made_with(key: ec.EllipticCurvePrivateKey) -> AccessTokens:
    keys = SigningKeys.of(pem(key))
    return AccessTokens(lambda: keys, issuer=ISSUER, lifetime=timedelta(minutes=15))


TOKENS = made_with(KEY)
HEADER = {"typ": "at+jwt", "alg": "ES256", "kid": thumbprint(KEY.public_key())}
PAYLOAD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": f"{ISSUER}/api/v1",
    "sub": str(CLAIMS.user_id),
    "org": str(CLAIMS.organization_id),
    "sid": str(CLAIMS.session_id),
    "iat": NOW,
    "exp": NOW + timedelta(days=2),
    "jti": "one",
}


def signed(payload: dict[str, Any], header: dict[str, Any] | None = None) -> str:
    return jwt.encode(payload, KEY, algorithm="ES256", headers=header or HEADER)


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    payload = {**PAYLOAD, "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 3600}
    text = f"{encoded(header)}.{encoded(payload)}"
    signature = base64.urlsafe_b64encode(sign(text.encode())).rstrip(b"=").decode()
    return f"{text}.{signature}"


def test_a_token_says_what_it_was_issued_for() -> None:
    assert TOKENS.verify(TOKENS.issue(CLAIMS, now=datetime.now(UTC))) == CLAIMS


@pytest.mark.parametrize(
    ("off", "is_good"), [(-945, True), (45, True), (-1000, False), (120, False)]
)
def test_clocks_may_be_45_seconds_apart_and_not_much_more(off: int, is_good: bool) -> None:  # noqa: FBT001 - a case
    token = TOKENS.issue(CLAIMS, now=datetime.now(UTC) + timedelta(seconds=off))
    if is_good:
        assert TOKENS.verify(token) == CLAIMS
    else:
        with pytest.raises(TokenError):
            TOKENS.verify(token)


def test_a_token_holds_what_it_must_and_no_more() -> None:
    token = TOKENS.issue(CLAIMS, now=datetime.now(UTC))
    assert jwt.get_unverified_header(token) == HEADER
    payload = jwt.decode(token, options={"verify_signature": False})
    assert payload.keys() == PAYLOAD.keys()
    assert payload["exp"] - payload["iat"] == 900


def test_the_tests_own_token_is_good() -> None:
    assert TOKENS.verify(signed(PAYLOAD)) == CLAIMS


@pytest.mark.parametrize("claim", sorted(PAYLOAD))
@pytest.mark.abuse(34)
def test_a_token_without_a_claim_is_refused(claim: str) -> None:
    payload = {name: value for name, value in PAYLOAD.items() if name != claim}
    with pytest.raises(TokenError):
        TOKENS.verify(signed(payload))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("exp", NOW - timedelta(minutes=2)),
        ("exp", "never"),
        ("iat", NOW + timedelta(days=1)),
        ("nbf", NOW + timedelta(days=1)),
        ("iss", "https://evil.test"),
        ("iss", [ISSUER]),
        ("aud", ISSUER),
        ("aud", [f"{ISSUER}/api/v1"]),
        ("aud", f"{ISSUER}/api/v2"),
        ("sub", "1"),
        ("sub", 1),
        ("org", "1; DROP TABLE users"),
        ("org", None),
        ("org", ["x"]),
        ("jti", None),
    ],
)
@pytest.mark.abuse(34)
def test_a_token_with_a_wrong_claim_is_refused(claim: str, value: object) -> None:
    try:
        token = signed({**PAYLOAD, claim: value})
    except TypeError:  # PyJWT makes no such token, so make it by hand.
        payload = {**PAYLOAD, "iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 3600}
        text = f"{encoded(HEADER)}.{encoded({**payload, claim: value})}"
        signature = jwt.get_algorithm_by_name("ES256").sign(text.encode(), KEY)
        token = f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    with pytest.raises(TokenError):
        TOKENS.verify(token)


@pytest.mark.parametrize(
    "header",
    [
        {**HEADER, "typ": "JWT"},
        {**HEADER, "typ": "id+jwt"},
        {**HEADER, "kid": "another"},
        {**HEADER, "kid": "../../etc/passwd"},
        {**HEADER, "jku": "https://evil.test/jwks.json"},
        {**HEADER, "x5u": "https://evil.test/cert.pem"},
        {**HEADER, "crit": ["exp"]},
        {"typ": "at+jwt", "alg": "ES256"},
    ],
)
@pytest.mark.abuse(32, 33)
def test_a_token_with_another_header_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        TOKENS.verify(signed(PAYLOAD, header))


@pytest.mark.abuse(32)
def test_an_unsigned_token_is_refused() -> None:
    for algorithm in ("none", "None", "NONE", "ES256"):
        with pytest.raises(TokenError):
            TOKENS.verify(by_hand({**HEADER, "alg": algorithm}, lambda _: b""))


def test_a_token_of_a_foreign_key_is_refused_even_under_our_key_id() -> None:
    foreign = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(TokenError):
        TOKENS.verify(made_with(foreign).issue(CLAIMS, now=datetime.now(UTC)))
    with pytest.raises(TokenError):
        TOKENS.verify(jwt.encode(PAYLOAD, foreign, algorithm="ES256", headers=HEADER))


@pytest.mark.abuse(32)
def test_our_public_key_is_no_shared_secret() -> None:
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for algorithm in ("HS256", "ES256"):
        forged = by_hand(
            {**HEADER, "alg": algorithm},
            lambda text: hmac.new(public, text, hashlib.sha256).digest(),
        )
        with pytest.raises(TokenError):
            TOKENS.verify(forged)


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_token_that_was_tampered_with_is_refused(part: int) -> None:
    parts = TOKENS.issue(CLAIMS, now=datetime.now(UTC)).split(".")
    middle = len(parts[part]) // 2
    flipped = "A" if parts[part][middle] != "A" else "B"
    parts[part] = parts[part][:middle] + flipped + parts[part][middle + 1 :]
    with pytest.raises(TokenError):
        TOKENS.verify(".".join(parts))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "ü.ü.ü",
        "e30.e30.",
        "bnVsbA.e30.e30",
        "W10.e30.e30",
        pytest.param("x" * 10**6, id="endless"),
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        TOKENS.verify(text)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ],
)
def test_only_a_p256_key_signs(key: PrivateKeyTypes) -> None:
    with pytest.raises(ValueError, match="P-256"):
        SigningKeys.of(pem(key))


def test_a_key_id_is_the_thumbprint_of_the_standard() -> None:
    """The key of RFC 7515, appendix A.3, whose thumbprint other libraries agree on."""
    x = base64.urlsafe_b64decode("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=")
    y = base64.urlsafe_b64decode("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0=")
    key = ec.EllipticCurvePublicNumbers(
        int.from_bytes(x), int.from_bytes(y), ec.SECP256R1()
    ).public_key()
    assert thumbprint(key) == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"


def test_refresh_tokens_are_random_and_stored_as_a_hash() -> None:
    token = tokens.new_refresh_token()
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert token != tokens.new_refresh_token()
    assert tokens.refresh_token_hash(token) == hashlib.sha256(token.encode()).digest()


def test_ids_in_a_token_are_the_public_ones() -> None:
    payload = jwt.decode(
        TOKENS.issue(CLAIMS, now=datetime.now(UTC)), options={"verify_signature": False}
    )
    assert UUID(payload["sub"]) == CLAIMS.user_id
    assert UUID(payload["org"]) == CLAIMS.organization_id
