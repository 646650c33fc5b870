"""Access tokens: short-lived ES256 JWTs. Refresh tokens: random, and stored only as a hash.

The algorithm, the type and the key are fixed: a token that names others is refused before any
cryptography. Every claim is required. Tokens of machines have the form of RFC 9068, and those of
people the same with fewer claims.
"""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

import jwt

from security.jwt.signing_keys import ALGORITHM, SigningKeys

MACHINE_LIFETIME = timedelta(minutes=10)
_TYPE = "at+jwt"
_REQUIRED = ("exp", "iat", "iss", "aud", "sub", "jti", "org")
_LEEWAY_SECONDS = 60
"""Tokens are issued by the clock of the database and verified by that of the machine."""
_LONGEST = 4096


class TokenError(Exception):
    """The text is for our log; the client receives no details."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The user and session of a token: public ids, to be looked up before they are trusted."""

    user_id: uuid.UUID
    organization_id: uuid.UUID
    session_id: uuid.UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineClaims:
    """The service account of a token, and the most that it may do.

    `epoch` must still be that of the account. `certificate` is the SHA-256 of the client
    certificate (base64url) that the token is bound to.
    """

    client_id: uuid.UUID
    organization_id: uuid.UUID
    scopes: tuple[str, ...]
    epoch: str
    jti: str
    expires_at: datetime
    certificate: str | None = None


class AccessTokens:
    """Issues and verifies the access tokens of one issuer; its keys may change between calls."""

    def __init__(
        self, keys: Callable[[], SigningKeys], *, issuer: str, lifetime: timedelta
    ) -> None:
        self.keys = keys
        self.issuer = issuer
        self.audience = f"{issuer}/api/v1"
        self.lifetime = lifetime

    def issue(self, claims: Claims, *, now: datetime) -> str:
        about = {
            "sub": str(claims.user_id),
            "org": str(claims.organization_id),
            "sid": str(claims.session_id),
        }
        return self._signed({**about, "exp": now + self.lifetime, "jti": new_jti()}, now)

    def issue_to_machine(self, claims: MachineClaims, *, now: datetime) -> str:
        payload: dict[str, Any] = {
            "sub": str(claims.client_id),
            "client_id": str(claims.client_id),
            "org": str(claims.organization_id),
            "scope": " ".join(claims.scopes),
            "epoch": claims.epoch,
            "exp": claims.expires_at,
            "jti": claims.jti,
        }
        if claims.certificate:
            payload["cnf"] = {"x5t#S256": claims.certificate}
        return self._signed(payload, now)

    def verify(self, token: str) -> Claims | MachineClaims:
        """Return the claims of a valid token, or raise `TokenError`."""
        if len(token) > _LONGEST:
            raise TokenError("too long")
        try:
            payload = self._verified(token)
            return _machine(payload) if "client_id" in payload else _person(payload)
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, KeyError) as error:
            raise TokenError(type(error).__name__) from error

    def _signed(self, payload: dict[str, Any], now: datetime) -> str:
        keys = self.keys()
        whole = {"iss": self.issuer, "aud": self.audience, "iat": now, **payload}
        header = {"typ": _TYPE, "alg": ALGORITHM, "kid": keys.kid}
        return jwt.encode(whole, keys.private, algorithm=ALGORITHM, headers=header)

    def _verified(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        kid = header.get("kid")
        if header != {"typ": _TYPE, "alg": ALGORITHM, "kid": kid} or not isinstance(kid, str):
            raise TokenError("header")
        payload: dict[str, Any] = jwt.decode(
            token,
            self.keys().public[kid],
            algorithms=[ALGORITHM],
            audience=self.audience,
            issuer=self.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": list(_REQUIRED), "strict_aud": True},
        )
        return payload


def new_jti() -> str:
    return token_urlsafe(16)


def new_refresh_token() -> str:
    """Return 256 random bits as text."""
    return token_urlsafe(32)


def refresh_token_hash(token: str) -> bytes:
    """Return the stored hash of a refresh token; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def _person(payload: dict[str, Any]) -> Claims:
    return Claims(
        user_id=uuid.UUID(payload["sub"]),
        organization_id=uuid.UUID(payload["org"]),
        session_id=uuid.UUID(payload["sid"]),
    )


def _machine(payload: dict[str, Any]) -> MachineClaims:
    if payload["sub"] != payload["client_id"]:
        raise TokenError("sub")
    confirmation = payload.get("cnf")
    return MachineClaims(
        client_id=uuid.UUID(payload["client_id"]),
        organization_id=uuid.UUID(payload["org"]),
        scopes=tuple(payload["scope"].split()),
        epoch=payload["epoch"],
        jti=payload["jti"],
        expires_at=datetime.fromtimestamp(payload["exp"], UTC),
        # A confirmation of another kind could not be verified here.
        certificate=None if confirmation is None else confirmation["x5t#S256"],
    )
