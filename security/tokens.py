"""Access tokens: short-lived ES256 JWTs. Refresh tokens: random, and stored only as a hash.

The algorithm, the type and the key are ours to say: a token that names others is refused before
any cryptography. Everything that a token must hold is required.
"""

import base64
import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_ALGORITHM = "ES256"
_TYPE = "at+jwt"
_REQUIRED = ("exp", "iat", "iss", "aud", "sub", "jti", "org")
_LEEWAY_SECONDS = 30
_LONGEST = 2048


class TokenError(Exception):
    """The text is for our log; who sent the token is told nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Whom a token speaks for: public ids, to be looked up before they are believed."""

    user_id: uuid.UUID
    organization_id: uuid.UUID


class AccessTokens:
    """Issues and verifies the access tokens of one issuer with one key."""

    def __init__(self, private_key: str, *, issuer: str, lifetime: timedelta) -> None:
        self._private_key = signing_key(private_key)
        self._public_key = self._private_key.public_key()
        self._header = {"typ": _TYPE, "alg": _ALGORITHM, "kid": thumbprint(self._public_key)}
        self._issuer = issuer
        self._audience = f"{issuer}/api/v1"
        self.lifetime = lifetime

    def issue(self, claims: Claims, *, now: datetime) -> str:
        payload = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(claims.user_id),
            "org": str(claims.organization_id),
            "iat": now,
            "exp": now + self.lifetime,
            "jti": token_urlsafe(16),
        }
        return jwt.encode(payload, self._private_key, algorithm=_ALGORITHM, headers=self._header)

    def verify(self, token: str) -> Claims:
        """Return what a valid token says; raises `TokenError`."""
        if len(token) > _LONGEST:
            raise TokenError("too long")
        try:
            if jwt.get_unverified_header(token) != self._header:
                raise TokenError("header")
            payload = jwt.decode(
                token,
                self._public_key,
                algorithms=[_ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": list(_REQUIRED), "strict_aud": True},
            )
            return Claims(
                user_id=uuid.UUID(payload["sub"]), organization_id=uuid.UUID(payload["org"])
            )
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise TokenError(type(error).__name__) from error


def signing_key(private_key: str) -> ec.EllipticCurvePrivateKey:
    """Read the key in PEM; raises `ValueError` for any other kind of key."""
    key = load_pem_private_key(private_key.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("The signing key of access tokens must be an EC key on curve P-256.")
    return key


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """Return the id of a P-256 key: the SHA-256 of its canonical JWK (RFC 7638)."""
    numbers = key.public_numbers()
    jwk = {
        "crv": "P-256",
        "kty": "EC",
        "x": _base64url(numbers.x.to_bytes(32, "big")),
        "y": _base64url(numbers.y.to_bytes(32, "big")),
    }
    return _base64url(hashlib.sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest())


def new_refresh_token() -> str:
    """Return 256 random bits as text."""
    return token_urlsafe(32)


def refresh_token_hash(token: str) -> bytes:
    """Return what is stored of a refresh token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
