"""Client assertions: JWTs by which a service account proves that it has its private key.

RFC 7523 with the audience of RFC 10070: the identifier of the issuer, as one text, so that an
assertion for somebody else's server is worth nothing here. The key is one that was registered, never
one that the assertion brings along or points to.
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
# Times beyond what there are seconds for are not found by the library.
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
    """The text is for our log; who sent the assertion is told nothing of it."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What must not be accepted again, and from when on it is refused anyway."""

    jti: str
    forgotten_at: datetime


def claimed_client(assertion: str) -> uuid.UUID | None:
    """Return whom an assertion says it is from, so that the keys can be looked up; believe nothing."""
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
    """Check an assertion of a client by its registered keys; raises `AssertionRefused`."""
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
    # Half a surrogate pair is text in JSON, and has no bytes to be remembered by.
    if not isinstance(jti, str) or not 0 < len(jti.encode()) <= _LONGEST_JTI:
        raise AssertionRefused("jti")
    return Assertion(jti, expires_at + _LEEWAY)
