"""Public keys of others: only those that can be encrypted to safely."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from security.jwt import jwk
from security.jwt.jwk import EncryptionKey, JwkError, encoded
from tests.factories.recipients import KINDS, Holder

RFC7638 = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc"
        "_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQ"
        "R0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bF"
        "TWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "alg": "RS256",
    "kid": "2011-04-29",
}
# The points of order 1, 2, 4 and 8 of Curve25519, and two that are these again modulo the prime.
LOW_ORDER = [
    "00" * 32,
    "01" + "00" * 31,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ec" + "ff" * 30 + "7f",
    "ed" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f",
]


def key_of(kind: str) -> dict[str, Any]:
    return Holder(kind).public


def rsa_of(bits: int, exponent: int = 65537) -> dict[str, str]:
    numbers = rsa.generate_private_key(exponent, bits).public_key().public_numbers()
    n, e = (
        encoded(each.to_bytes((each.bit_length() + 7) // 8, "big"))
        for each in (numbers.n, numbers.e)
    )
    return {"kty": "RSA", "n": n, "e": e}


def refused(key: dict[str, Any]) -> str:
    with pytest.raises(JwkError) as raised:
        jwk.read(key)
    return str(raised.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_public_key_is_taken_as_what_it_is(kind: str) -> None:
    given = key_of(kind)
    found = jwk.read({**given, "kid": "mine", "x5u": "https://evil.test/", "ext": True})
    assert found.algorithm == (jwk.RSA if kind == "RSA" else jwk.ECDH)
    assert set(found.jwk) == set(given) | {"kid", "use", "alg"}
    assert found.jwk["kid"] == found.thumbprint
    assert jwk.read(found.jwk) == found


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    key = EncryptionKey({name: RFC7638[name] for name in ("kty", "n", "e")}, jwk.RSA)
    assert key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.abuse(52)
@pytest.mark.parametrize("kind", KINDS)
def test_abuse_52_a_private_key_is_refused(kind: str) -> None:
    assert "private" in refused(Holder(kind).private)


@pytest.mark.abuse(52)
@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_abuse_52_any_private_member_is_refused(member: str) -> None:
    assert "private" in refused({**key_of("RSA"), member: "AQAB"})


@pytest.mark.abuse(52)
def test_abuse_52_a_secret_key_is_refused() -> None:
    assert "private" in refused({"kty": "oct", "k": "c2VjcmV0"})
    assert "kty" in refused({"kty": "oct"})


@pytest.mark.abuse(52)
@pytest.mark.parametrize("curve", ["P-256", "P-384"])
def test_abuse_52_a_point_off_the_curve_is_refused(curve: str) -> None:
    key = key_of(curve)
    assert "not on the curve" in refused({**key, "y": key["x"]})
    zero = encoded(bytes(32 if curve == "P-256" else 48))
    assert "not on the curve" in refused({**key, "x": zero, "y": zero})


@pytest.mark.abuse(52)
@pytest.mark.parametrize("point", LOW_ORDER)
def test_abuse_52_a_point_of_low_order_is_refused(point: str) -> None:
    key = {"kty": "OKP", "crv": "X25519", "x": encoded(bytes.fromhex(point))}
    assert "low order" in refused(key)


@pytest.mark.abuse(52)
def test_abuse_52_an_rsa_key_that_is_weak_or_huge_is_refused() -> None:
    assert "2048" in refused(rsa_of(1024))
    assert "2048" in refused({**rsa_of(2048), "n": encoded(b"\xff" * 1025)})
    assert "65537" in refused({**rsa_of(2048), "e": "Aw"})
    assert "odd" in refused({**rsa_of(2048), "e": encoded(b"\x01\x00\x02")})
    assert "odd" in refused({**rsa_of(2048), "n": encoded(b"\xff" * 255 + b"\xfe")})


@pytest.mark.abuse(52)
@pytest.mark.parametrize(
    ("kind", "member", "value"),
    [
        ("P-256", "alg", "ES256"),
        ("P-256", "alg", "RSA-OAEP-256"),
        ("RSA", "alg", "RSA1_5"),
        ("RSA", "alg", "RSA-OAEP"),
        ("RSA", "alg", None),
        ("X25519", "use", "sig"),
        ("RSA", "use", None),
        ("P-256", "key_ops", ["verify"]),
        ("P-256", "key_ops", "encrypt"),
        ("P-256", "key_ops", [["encrypt"]]),
    ],
)
def test_abuse_52_a_key_for_something_else_is_refused(
    kind: str, member: str, value: object
) -> None:
    assert member in refused({**key_of(kind), member: value})


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "EC", "crv": "P-521"},
        {"kty": "EC", "crv": "secp256k1"},
        {"kty": "OKP", "crv": "Ed25519"},
        {"kty": "OKP", "crv": "X448"},
    ],
)
def test_other_curves_are_refused(key: dict[str, str]) -> None:
    assert "crv" in refused(key)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text + "=",
        lambda text: "+" + text[1:],
        lambda text: text[:-2],
        lambda _: encoded(b"\0" * 33),
        lambda _: "",
        lambda _: 7,
        lambda _: None,
        # The last of 43 letters holds four bits: the two that are left must be zero.
        lambda text: text[:-1] + ("B" if text[-1] == "A" else chr(ord("A") + 1)),
    ],
)
def test_a_member_has_one_right_spelling(spoil: Any) -> None:  # noqa: ANN401 - a function
    key = key_of("X25519")
    assert "`x`" in refused({**key, "x": spoil(key["x"])})


def test_a_number_has_no_leading_zero() -> None:
    assert "shortest" in refused({**rsa_of(2048), "e": encoded(b"\0\x01\0\x01")})
