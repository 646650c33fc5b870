"""Nested JWTs: what goes in comes out for one reader, and for nobody else."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey, import_key
from jwcrypto.common import JWException

from security.jwt import jwk
from security.jwt.jose import LARGEST, TYPE, Addressee, Sealer, TooLarge, encrypt
from security.jwt.signing_keys import SigningKeys, thumbprint
from security.jwt.tokens import AccessTokens, TokenError
from tests.factories.recipients import KINDS, Holder

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ISSUER = "https://monitor.test"
ORGANIZATION = UUID(int=7)
PATH = "/api/v1/analysis?worst=3"


@pytest.fixture(scope="module")
def keys() -> SigningKeys:
    key = ec.generate_private_key(ec.SECP256R1())
    kid = thumbprint(key.public_key())
    return SigningKeys(kid, key, {kid: key.public_key()})


def addressee(holder: Holder) -> Addressee:
    return Addressee(id=uuid4(), organization_id=ORGANIZATION, key=jwk.read(holder.public))


def sealed(keys: SigningKeys, holder: Holder, answer: object) -> str:
    sealer = Sealer(keys=keys, issuer=ISSUER)
    return sealer.seal(answer, addressee(holder), path=PATH, now=NOW)


def header_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_comes_out_as_it_went_in(keys: SigningKeys, kind: str) -> None:
    holder = Holder(kind)
    to = addressee(holder)
    token = Sealer(keys=keys, issuer=ISSUER).seal({"naïve": [1, None]}, to, path=PATH, now=NOW)
    claims = holder.read(token, keys.as_jwks())
    assert claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "aud": str(to.id),
        "org": str(ORGANIZATION),
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 43_200,
        "path": PATH,
        "answer": {"naïve": [1, None]},
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_headers_say_what_it_is_and_no_more(keys: SigningKeys, kind: str) -> None:
    holder = Holder(kind)
    token = sealed(keys, holder, {})
    outer = header_of(token)
    assert (outer.pop("epk", None) is not None) == (kind != "RSA")
    assert outer == {
        "alg": "RSA-OAEP-256" if kind == "RSA" else "ECDH-ES+A256KW",
        "enc": "A256GCM",
        "kid": jwk.read(holder.public).thumbprint,
        "typ": "JWT",
        "cty": "JWT",
    }
    inner = header_of(holder.open(token))
    assert inner == {"alg": "ES256", "kid": keys.kid, "typ": TYPE}


def test_no_two_answers_are_alike(keys: SigningKeys) -> None:
    holder = Holder()
    one, other = (sealed(keys, holder, {}) for _ in range(2))
    assert not set(one.split(".")[1:]) & set(other.split(".")[1:])
    jtis = {holder.read(each, keys.as_jwks())["jti"] for each in (one, other)}
    assert len(jtis) == 2


def test_the_largest_answer_is_read_by_default_settings(keys: SigningKeys) -> None:
    holder = Holder("RSA")
    with pytest.raises(TooLarge) as raised:
        sealed(keys, holder, "x" * LARGEST)
    room = LARGEST - (raised.value.size - LARGEST)
    token = sealed(keys, holder, "x" * room)
    assert len(holder.read(token, keys.as_jwks())["answer"]) == room
    read = jwe.decrypt_compact(
        token, import_key(holder.private), algorithms=["RSA-OAEP-256", "A256GCM"]
    )
    assert read.plaintext
    with pytest.raises(TooLarge):
        sealed(keys, holder, "x" * (room + 1))


def test_an_answer_is_no_access_token(keys: SigningKeys) -> None:
    holder = Holder()
    inner = holder.open(sealed(keys, holder, {}))
    tokens = AccessTokens(lambda: keys, issuer=ISSUER, lifetime=NOW - NOW)
    for token in (inner, sealed(keys, holder, {})):
        with pytest.raises(TokenError):
            tokens.verify(token)


@pytest.mark.abuse(53)
@pytest.mark.parametrize("part", range(5))
@pytest.mark.parametrize("kind", KINDS)
def test_abuse_53_a_change_of_any_part_is_noticed(keys: SigningKeys, kind: str, part: int) -> None:
    holder = Holder(kind)
    parts = sealed(keys, holder, {"up": True}).split(".")
    if part == 0:
        header = {**header_of(parts[0]), "cty": "text/plain"}
        parts[0] = jwk.encoded(json.dumps(header).encode())
    else:
        data = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
        data[0] ^= 1
        parts[part] = jwk.encoded(bytes(data))
    with pytest.raises(JWException):
        holder.open(".".join(parts))


@pytest.mark.abuse(53)
@pytest.mark.parametrize("kind", KINDS)
def test_abuse_53_another_key_of_the_same_kind_reads_nothing(keys: SigningKeys, kind: str) -> None:
    token = sealed(keys, Holder(kind), {})
    with pytest.raises(JWException):
        Holder(kind).open(token)


@pytest.mark.abuse(53)
def test_abuse_53_what_somebody_else_signed_is_no_answer(keys: SigningKeys) -> None:
    holder = Holder()
    parts = holder.open(sealed(keys, holder, {"up": True})).split(".")
    claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    parts[1] = jwk.encoded(json.dumps({**claims, "answer": {"up": False}}).encode())
    forged = encrypt(".".join(parts).encode(), jwk.read(holder.public), {"cty": "JWT"})
    with pytest.raises(JWException):
        holder.read(forged, keys.as_jwks())


@pytest.mark.abuse(53)
def test_abuse_53_readers_that_allow_what_we_write_refuse_the_rest() -> None:
    """What docs/guide/encryption.md tells readers to allow keeps compression and passwords out."""
    allowed = ["ECDH-ES+A256KW", "RSA-OAEP-256", "A256GCM"]
    holder = Holder("P-256")
    key = import_key(holder.private)
    zipped = jwe.encrypt_compact(
        {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "zip": "DEF"},
        bytes(10_000_000),
        import_key(holder.public),
        algorithms=[*allowed, "DEF"],
    )
    with pytest.raises(JoseError):
        jwe.decrypt_compact(zipped, key, algorithms=allowed)
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A256GCM", "p2s": "c2FsdA", "p2c": 10**9}
    # With every part of the right size, so that nothing but the algorithm is wrong.
    parts = [json.dumps(header).encode(), *map(bytes, (40, 12, 8, 16))]
    costly = ".".join(map(jwk.encoded, parts))
    with pytest.raises(JoseError):
        jwe.decrypt_compact(costly, OctKey.import_key("a long password"), algorithms=allowed)
