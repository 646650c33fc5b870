"""Verifies ID tokens and logout tokens (OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6).

The key is one of the provider's published keys, never one that the token contains or points to. The
times are judged by the database's clock, which the caller gives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

from security.oidc.errors import OidcError

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""Signatures by a private key. Neither `none`, nor a secret that both sides know."""
SKEW = 60
"""How many seconds the clock of a provider may differ."""
OLDEST = 600
"""How many seconds ago a token may have been issued."""
_LONGEST = 32 * 1024
_LONGEST_SUBJECT = 255
_SMALLEST_RSA = 2048
_MOST_KEYS = 50
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_TYPES = {"JWT", "logout+jwt"}
_KINDS = {"R": "RSA", "P": "RSA", "E": "EC"}
_NOT_CHECKED: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
}
_MALFORMED = (jwt.PyJWTError, ValueError, TypeError, KeyError, OverflowError, AttributeError)

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a token has to say: the issuer and our id there, exactly as the connection has them."""

    issuer: str
    client_id: str
    now: datetime


def verify(
    token: str, keys: Sequence[Mapping[str, Any]], expected: Expected, *, nonce: str
) -> Claims:
    """Return the claims of an ID token, or raise `OidcError`."""
    claims = _verified(token, keys, expected, {"JWT"})
    given = claims.get("nonce")
    if not isinstance(given, str) or not compare_digest(given.encode(), nonce.encode()):
        raise OidcError("The nonce of the ID token is not that of this login.")
    if "events" in claims:
        raise OidcError("A logout token is no ID token.")
    _subject(claims)
    return claims


def verify_logout(token: str, keys: Sequence[Mapping[str, Any]], expected: Expected) -> Claims:
    """Return the claims of a logout token, which names a subject or a session, or both."""
    claims = _verified(token, keys, expected, _TYPES)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise OidcError("This is no logout token.")
    if "nonce" in claims:
        raise OidcError("A logout token has no nonce.")
    if not isinstance(claims.get("jti"), str):
        raise OidcError("The logout token has no id.")
    if "sid" not in claims or "sub" in claims:
        _subject(claims)
    return claims


def _verified(
    token: str, keys: Sequence[Mapping[str, Any]], expected: Expected, types: set[str]
) -> Claims:
    if len(token) > _LONGEST:
        raise OidcError("The token is too long.")
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm not in ALGORITHMS or "crit" in header or header.get("b64") is False:
            raise OidcError("The token is signed by an algorithm that is not accepted.")
        if str(header.get("typ", "JWT")).removeprefix("application/").lower() not in {
            each.lower() for each in types
        }:
            raise OidcError("The token is of another type.")
        key = _key(header, keys)
        claims = jwt.decode(token, key.key, algorithms=[algorithm], options=_NOT_CHECKED)
    except _MALFORMED as error:
        raise OidcError(f"The token cannot be verified ({type(error).__name__}).") from error
    _check_parties(claims, expected)
    _check_times(claims, int(expected.now.timestamp()))
    return claims


def _key(header: Mapping[str, Any], keys: Sequence[Mapping[str, Any]]) -> jwt.PyJWK:
    """Return the key that the header names, or the only one that fits if it names none."""
    algorithm = header["alg"]
    fitting = [each for each in keys[:_MOST_KEYS] if _fits(each, algorithm)]
    if "kid" in header:
        fitting = [each for each in fitting if each.get("kid") == header["kid"]]
    if len(fitting) != 1:
        raise OidcError("The provider publishes no such key.")
    key = jwt.PyJWK(dict(fitting[0]), algorithm)
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < _SMALLEST_RSA:
        raise OidcError("The key of the provider is too short.")
    return key


def _fits(key: object, algorithm: str) -> bool:
    return (
        isinstance(key, Mapping)
        and key.get("kty") == (_KINDS.get(algorithm[0]) if algorithm != "EdDSA" else "OKP")
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


def _check_parties(claims: Claims, expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise OidcError("The token is of another issuer.")
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if expected.client_id not in audiences:
        raise OidcError("The token is for another client.")
    authorized = claims.get("azp", None if len(audiences) > 1 else expected.client_id)
    if authorized != expected.client_id:
        raise OidcError("The token was issued to another client.")


def _check_times(claims: Claims, now: int) -> None:
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    if expires <= now - SKEW:
        raise OidcError("The token has expired.")
    if not now - OLDEST - SKEW <= issued <= now + SKEW:
        raise OidcError("The token was issued at another time.")
    if "nbf" in claims and _time(claims, "nbf") > now + SKEW:
        raise OidcError("The token is not valid yet.")


def _time(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise OidcError(f"The token has no time `{name}`.")
    return value


def _subject(claims: Claims) -> None:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST_SUBJECT:
        raise OidcError("The token names no subject.")
