"""Public keys of service accounts as JWK (RFC 7517), parsed strictly.

What a key states about itself is not trusted: its algorithm follows from its type. Only its id and
the members that form the key are kept.
"""

import re
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_FEWEST_BITS, _MOST_BITS = 2048, 8192
_LEAST_EXPONENT = 65_537
_KEY_ID = re.compile(r"[\x21-\x7e]{1,128}")
_ALGORITHMS = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA", ("RSA", None): "RS256"}
_MEMBERS = {"EC": ("crv", "x", "y"), "OKP": ("crv", "x"), "RSA": ("n", "e")}


class ClientKeyError(Exception):
    """Why a key is refused, in words for its sender."""


def read(jwk: Mapping[str, Any]) -> dict[str, str]:
    """Return the stored members of a public key, or raise `ClientKeyError`."""
    if _PRIVATE & jwk.keys():
        raise ClientKeyError(
            "The key contains its private part. Create another key pair, and send only the public "
            "key."
        )
    kind = jwk.get("kty")
    algorithm = _algorithm(jwk)
    names = (*_MEMBERS[str(kind)],)
    kept = {"kty": str(kind), "alg": algorithm, **{name: jwk.get(name) for name in names}}
    if not all(isinstance(value, str) for value in kept.values()):
        raise ClientKeyError(f"The key lacks one of {', '.join(names)}.")
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", algorithm) != algorithm:
        raise ClientKeyError(f"The key is not for signatures with {algorithm}.")
    _refuse_weak(kept)
    return {**kept, **_key_id(jwk)}  # type: ignore[dict-item]  # each is text, by the check above


def public_key(kept: Mapping[str, str]) -> Any:  # noqa: ANN401 - one of three kinds of keys
    """Return the key that verifies, or raise `ClientKeyError`."""
    try:
        return jwt.PyJWK(dict(kept), algorithm=kept["alg"]).key
    except (jwt.PyJWTError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ClientKeyError("The key is invalid: its numbers do not match.") from error


def _algorithm(jwk: Mapping[str, Any]) -> str:
    kind, curve = jwk.get("kty"), jwk.get("crv")
    wanted = (kind, None if kind == "RSA" else curve)
    if not all(each is None or isinstance(each, str) for each in wanted):
        raise ClientKeyError("`kty` and `crv` must be text.")
    algorithm = _ALGORITHMS.get(wanted)  # type: ignore[arg-type]  # text, by the check above
    if algorithm is None:
        raise ClientKeyError("The key must be an EC key on P-256, an Ed25519 key, or an RSA key.")
    return algorithm


def _key_id(jwk: Mapping[str, Any]) -> dict[str, str]:
    kid = jwk.get("kid")
    if kid is None:
        return {}
    if not isinstance(kid, str) or not _KEY_ID.fullmatch(kid):
        raise ClientKeyError("`kid` must be text of at most 128 characters.")
    return {"kid": kid}


def _refuse_weak(kept: Mapping[str, Any]) -> None:
    if any(len(value) > _MOST_BITS for value in kept.values()):
        raise ClientKeyError("The key is too long.")
    key = public_key(kept)
    if isinstance(key, rsa.RSAPublicKey):
        strong = _FEWEST_BITS <= key.key_size <= _MOST_BITS
        if not strong or key.public_numbers().e < _LEAST_EXPONENT:
            raise ClientKeyError(
                "An RSA key must have 2048 to 8192 bits, and at least 65537 as `e`."
            )
