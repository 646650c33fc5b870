"""Signed statements about who asks for a token: JWTs that live for minutes (RFC 7523, RFC 10070)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Annotated, Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, SecretStr

from probes.auth.fields import Key

_LIFETIME = timedelta(minutes=5)
_WEAKEST_RSA = 2048
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}

SigningKey = RSAPrivateKey | EllipticCurvePrivateKey


def private_key(pem: SecretStr) -> SigningKey:
    """Read a PEM key that signs; raises `ValueError` saying what to mend."""
    try:
        key = load_pem_private_key(pem.get_secret_value().encode(), None)
    except TypeError:
        raise ValueError("The key may not be encrypted.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("The key is not a private key in PEM.") from None
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, RSAPrivateKey) and key.key_size >= _WEAKEST_RSA:
        return key
    raise ValueError(f"The key must be RSA of {_WEAKEST_RSA} bits or more, or of a NIST curve.")


def _checked(pem: SecretStr) -> SecretStr:
    private_key(pem)
    return pem


PrivateKey = Annotated[Key, AfterValidator(_checked)]


def signed(
    claims: Mapping[str, Any], key: SecretStr, *, headers: Mapping[str, str] | None = None
) -> str:
    """Sign a statement that is good from now on, for a few minutes and one use."""
    signing = private_key(key)
    algorithm = (
        _CURVES[signing.curve.name] if isinstance(signing, EllipticCurvePrivateKey) else "RS256"
    )
    return jwt.encode(_dated(claims), signing, algorithm, dict(headers or {}))


def signed_with_secret(claims: Mapping[str, Any], secret: SecretStr) -> str:
    return jwt.encode(_dated(claims), secret.get_secret_value(), "HS256")


def _dated(claims: Mapping[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {**claims, "iat": now, "exp": now + _LIFETIME, "jti": token_urlsafe(16)}
