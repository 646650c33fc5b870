"""The scheme `jwt`: a token that is signed for each request (RFC 7519)."""

import json
import re
import secrets
from base64 import b64decode
from binascii import Error as Base64Error
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

import jwt
from jwt.exceptions import PyJWTError
from pydantic import Field, ValidationInfo, field_validator, model_validator

from probes.auth.base import Credential, Exchange, SchemeSettings, Send, is_stored, settings_of
from probes.auth.fields import HeaderName, Key, Text, Word
from probes.auth.request_bytes import host, path_and_query, with_header
from probes.exchange import Request
from security.private_keys import pem
from security.private_keys.pem import PrivateKey

Algorithm = Literal[
    "HS256", "HS384", "HS512",
    "RS256", "RS384", "RS512",
    "ES256", "ES384", "ES512",
    "PS256", "PS384", "PS512",
]  # fmt: skip
Number = Annotated[float, Field(allow_inf_nan=False)]
Claim = Text | bool | int | Number | Annotated[tuple[Text, ...], Field(max_length=20)]
_OURS = frozenset({"iat", "nbf", "exp", "jti"})
_OF_THE_HEADER = frozenset({"alg", "typ", "kid", "crit", "b64"})
_PLACEHOLDERS = ("url", "origin", "host", "path", "method")
_PLACEHOLDER = re.compile(r"\{(url|origin|host|path|method)\}")
_LONGEST_CLAIMS = 8192
_MOST_PLACEHOLDERS = 20
_SHORTEST = {"HS256": 32, "HS384": 48, "HS512": 64}


class JwtSettings(SchemeSettings):
    """A token that is signed for each request.

    Claims may contain `{url}`, `{origin}`, `{host}`, `{path}` and `{method}` of the request.
    """

    algorithm: Algorithm
    key: Key
    key_encoding: Literal["text", "base64"] = "text"
    key_id: Word | None = None
    type: Word = "JWT"
    claims: Annotated[dict[Word, Claim], Field(max_length=30)] = Field(default_factory=dict)
    token_headers: Annotated[dict[Word, Text], Field(max_length=10)] = Field(default_factory=dict)
    lifetime_seconds: int = Field(default=60, ge=1, le=3600)
    not_before: bool = False
    header: HeaderName = "Authorization"
    prefix: Word | Literal[""] = "Bearer"

    @field_validator("claims")
    @classmethod
    def _leaves_ours_out(cls, claims: dict[str, Any]) -> dict[str, Any]:
        if taken := _OURS & claims.keys():
            raise ValueError(f"Set by this service for each request: {', '.join(sorted(taken))}.")
        return claims

    @field_validator("claims")
    @classmethod
    def _are_short(cls, claims: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(claims)
        if len(text) > _LONGEST_CLAIMS:
            raise ValueError(f"May have at most {_LONGEST_CLAIMS:,} characters of JSON in total.")
        if len(_PLACEHOLDER.findall(text)) > _MOST_PLACEHOLDERS:
            raise ValueError(f"May contain at most {_MOST_PLACEHOLDERS} placeholders in total.")
        return claims

    @field_validator("token_headers")
    @classmethod
    def _leaves_the_rest_out(cls, headers: dict[str, str]) -> dict[str, str]:
        if taken := _OF_THE_HEADER & headers.keys():
            raise ValueError(f"Set by other fields, or not accepted: {', '.join(sorted(taken))}.")
        return headers

    @property
    def signing_keys(self) -> tuple[str, ...]:
        return () if self.algorithm in _SHORTEST else (_key_bytes(self).decode("latin-1"),)

    @model_validator(mode="after")
    def _can_sign(self, info: ValidationInfo) -> Self:
        if is_stored(info):
            return self
        key = _prepared(self, is_known=False)
        try:
            jwt.encode({}, key, algorithm=self.algorithm)
        except (PyJWTError, ValueError, TypeError, AttributeError):
            raise ValueError(f"The key is not one for {self.algorithm}.") from None
        return self


def exchange(credential: Credential, request: Request, send: Send) -> Exchange:
    settings = settings_of(credential, JwtSettings)
    if "key" not in credential.memory:
        # Parsing a PEM key takes longer than signing with it.
        credential.memory["key"] = _prepared(settings, is_known=True)
    token = signed_token(settings, request, now=datetime.now(UTC), key=credential.memory["key"])
    value = f"{settings.prefix} {token}" if settings.prefix else token
    return (yield from send(with_header(request, settings.header, value)))


def signed_token(settings: JwtSettings, request: Request, *, now: datetime, key: Any) -> str:  # noqa: ANN401 - of a kind for each algorithm
    issued = int(now.timestamp())
    claims: dict[str, Any] = {
        name: _filled(each, request) for name, each in settings.claims.items()
    }
    claims |= {
        "iat": issued,
        "exp": issued + settings.lifetime_seconds,
        "jti": secrets.token_urlsafe(16),
    }
    if settings.not_before:
        claims["nbf"] = issued
    headers: dict[str, Any] = {**settings.token_headers, "typ": settings.type}
    if settings.key_id is not None:
        headers["kid"] = settings.key_id
    return jwt.encode(claims, key, algorithm=settings.algorithm, headers=headers)


def _filled(claim: object, request: Request) -> object:
    if isinstance(claim, tuple):
        return [_filled(each, request) for each in claim]
    if not isinstance(claim, str) or "{" not in claim:
        return claim
    path, _ = path_and_query(request)
    where = host(request)
    values = (request.url.text, f"{request.url.scheme}://{where}", where, path, request.method)
    by_name = dict(zip(_PLACEHOLDERS, values, strict=True))
    return _PLACEHOLDER.sub(lambda match: by_name[match[1]], claim)


def _prepared(settings: JwtSettings, *, is_known: bool) -> bytes | PrivateKey:
    """Parse the key, or raise `ValueError` with what to correct."""
    content = _key_bytes(settings)
    shortest = _SHORTEST.get(settings.algorithm)
    if shortest is None:
        return pem.load(content.decode("latin-1"), is_known=is_known)
    if len(content) < shortest:
        raise ValueError(f"The key for {settings.algorithm} must have at least {shortest} bytes.")
    return content


def _key_bytes(settings: JwtSettings) -> bytes:
    text = settings.key.get_secret_value()
    if settings.key_encoding == "text":
        return text.encode()
    try:
        return b64decode(text, validate=True)
    except (ValueError, Base64Error):
        raise ValueError("The key is not base64.") from None
