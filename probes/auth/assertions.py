"""Signed client assertions: JWTs that are valid for minutes (RFC 7523, RFC 10070)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pydantic import AfterValidator, SecretStr, ValidationInfo

from probes.auth.base import is_stored
from probes.auth.fields import Key
from security.private_keys import pem as key_pem

_LIFETIME = timedelta(minutes=5)
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}

SigningKey = RSAPrivateKey | EllipticCurvePrivateKey


def private_key(pem: SecretStr, *, is_known: bool = False) -> SigningKey:
    """Parse a PEM key that signs, or raise `ValueError` with what to correct.

    A key that `is_known` was validated before, and is not validated again.
    """
    key = key_pem.load(pem.get_secret_value(), is_known=is_known)
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, RSAPrivateKey):
        return key
    raise ValueError("The key must be RSA, or on a NIST curve.")


def _checked(pem: SecretStr, info: ValidationInfo) -> SecretStr:
    if not is_stored(info):
        private_key(pem)
    return pem


PrivateKey = Annotated[Key, AfterValidator(_checked)]


def signed(
    claims: Mapping[str, Any], key: SecretStr, *, headers: Mapping[str, str] | None = None
) -> str:
    """Sign an assertion that is valid for a few minutes and one use.

    The key was validated before.
    """
    signing = private_key(key, is_known=True)
    algorithm = (
        _CURVES[signing.curve.name] if isinstance(signing, EllipticCurvePrivateKey) else "RS256"
    )
    return jwt.encode(_dated(claims), signing, algorithm, dict(headers or {}))


def signed_with_secret(claims: Mapping[str, Any], secret: SecretStr) -> str:
    return jwt.encode(_dated(claims), secret.get_secret_value(), "HS256")


def _dated(claims: Mapping[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {**claims, "iat": now, "exp": now + _LIFETIME, "jti": token_urlsafe(16)}
