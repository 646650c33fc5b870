"""Signed statements: public JSON with a signature (JWS, RFC 7515), such as manifests of exports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from security.jwt.signing_keys import ALGORITHM, SigningKeys, jwk_of, thumbprint

MANIFEST = "downtime-export+jws"
"""The type of a manifest: no token is valid as one, and none is valid as a token."""
ARCHIVE_MANIFEST = "downtime-archive+jws"
"""The type of a manifest of the archive."""


class StatementError(Exception):
    """The statement is damaged or forged; the text says how."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`kid` is the thumbprint of the key that signed; the caller decides whether to trust it."""

    claims: Mapping[str, Any]
    kid: str


def sign(
    claims: Mapping[str, Any], keys: SigningKeys, *, kind: str, is_lasting: bool = False
) -> str:
    """Return the compact form; `kid` names the key among those at `/.well-known/jwks.json`.

    A lasting statement contains the public key, because it outlives the publication of the key.
    """
    header: dict[str, Any] = {"typ": kind, "kid": keys.kid}
    if is_lasting:
        header["jwk"] = jwk_of(keys.private.public_key())
    return jwt.encode(dict(claims), keys.private, algorithm=ALGORITHM, headers=header)


def opened(text: str, *, kind: str) -> Statement:
    """Verify a lasting statement with the key that it contains. Raise `StatementError`.

    This proves that the holder of the key `kid` signed these claims, and nothing about that key.
    """
    try:
        header = jwt.get_unverified_header(text)
        if header.get("typ") != kind:
            raise StatementError(f"It is no statement of the type {kind}.")
        key = jwt.PyJWK(header["jwk"], algorithm=ALGORITHM).key
        if not isinstance(key, ec.EllipticCurvePublicKey) or thumbprint(key) != header.get("kid"):
            raise StatementError("The key in it does not have the id that it states.")
        claims = jwt.decode(text, key, algorithms=[ALGORITHM], options={"verify_iat": False})
    except (jwt.PyJWTError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise StatementError("Its signature is not valid.") from error
    return Statement(claims, header["kid"])
