"""Client assertions: JWTs with which a service account proves possession of its private key.

They follow RFC 7523 with the audience of RFC 10070: the identifier of the issuer, as one text. So
an assertion for another server is not accepted here. The key is a registered one, never one that
the assertion contains or points to.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from security.jwt import client_keys
from security.jwt.client_keys import ClientKeyError

ALGORITHMS = ("ES256", "RS256", "EdDSA")
TYPE = "client-authentication+jwt"
LONGEST_LIFE = timedelta(minutes=5)
_LEEWAY = timedelta(seconds=30)
_LONGEST = 4096
_LONGEST_JTI = 256
_REQUIRED = ("iss", "sub", "aud", "exp", "iat", "jti")
# The library does not catch times beyond the range of seconds.
_MALFORMED = (
    jwt.InvalidTokenError,
    ClientKeyError,
    ValueError,
    TypeError,
    OverflowError,
    OSError,
)
_HEADER = frozenset({"typ", "alg", "kid"})


class AssertionRefused(Exception):
    """The text is for our log; the client receives no details."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """An assertion id that must not be accepted again, and when it is refused anyway."""

    jti: str
    forgotten_at: datetime


def claimed_client(assertion: str) -> uuid.UUID | None:
    """Return the client that an assertion claims, unverified, to look up its keys."""
    if len(assertion) > _LONGEST:
        return None
    try:
        subject = jwt.decode(assertion, options={"verify_signature": False}).get("sub")
        return uuid.UUID(subject) if isinstance(subject, str) else None
    except (jwt.InvalidTokenError, ValueError, AttributeError):
        return None


def verify(
    assertion: str,
    keys: Sequence[Mapping[str, str]],
    *,
    client_id: uuid.UUID,
    issuer: str,
    now: datetime,
) -> Assertion:
    """Verify a client's assertion with its registered keys, or raise `AssertionRefused`."""
    try:
        key = _key(jwt.get_unverified_header(assertion), keys)
        payload = jwt.decode(
            assertion,
            client_keys.public_key(key),
            algorithms=[key["alg"]],
            audience=issuer,
            issuer=str(client_id),
            subject=str(client_id),
            leeway=_LEEWAY,
            options={"require": list(_REQUIRED), "strict_aud": True},
        )
        return _used(payload, now)
    except _MALFORMED as error:
        raise AssertionRefused(type(error).__name__) from error


def _key(header: Mapping[str, Any], keys: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    if header.get("typ") != TYPE or not header.keys() <= _HEADER:
        raise AssertionRefused("header")
    fitting = [key for key in keys if key["alg"] == header.get("alg")]
    if "kid" in header:
        fitting = [key for key in fitting if key.get("kid") in {None, header["kid"]}]
    if len(fitting) != 1:
        raise AssertionRefused("key")
    return fitting[0]


def _used(payload: Mapping[str, Any], now: datetime) -> Assertion:
    expires_at = datetime.fromtimestamp(payload["exp"], UTC)
    issued_at = datetime.fromtimestamp(payload["iat"], UTC)
    if expires_at > now + LONGEST_LIFE + _LEEWAY or expires_at - issued_at > LONGEST_LIFE:
        raise AssertionRefused("exp")
    jti = payload["jti"]
    # Half of a surrogate pair is text in JSON, but cannot be encoded as bytes.
    if not isinstance(jti, str) or not 0 < len(jti.encode()) <= _LONGEST_JTI:
        raise AssertionRefused("jti")
    return Assertion(jti, expires_at + _LEEWAY)
