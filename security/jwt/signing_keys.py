"""The decrypted keys of access tokens: the one that signs, and those that verify."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ALGORITHM = "ES256"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """`public` has the key of `kid`, those of tokens that are still valid, and the next one."""

    kid: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)
    public: Mapping[str, ec.EllipticCurvePublicKey]

    @classmethod
    def of(cls, private_key: str) -> Self:
        """Return the keys of a single private key in PEM."""
        key = signing_key(private_key)
        kid = thumbprint(key.public_key())
        return cls(kid, key, {kid: key.public_key()})

    def as_jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public keys as a JWK set (RFC 7517)."""
        about = {"use": "sig", "alg": ALGORITHM}
        return {"keys": [{**jwk_of(key), **about, "kid": kid} for kid, key in self.public.items()]}


def signing_key(private_key: str) -> ec.EllipticCurvePrivateKey:
    """Parse the key in PEM; raise `ValueError` for any other kind of key."""
    key = load_pem_private_key(private_key.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("The signing key of access tokens must be an EC key on curve P-256.")
    return key


def jwk_of(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """Return the members of a P-256 key that its thumbprint covers, in that order."""
    numbers = key.public_numbers()
    return {
        "crv": "P-256",
        "kty": "EC",
        "x": base64url(numbers.x.to_bytes(32, "big")),
        "y": base64url(numbers.y.to_bytes(32, "big")),
    }


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """Return the id of a P-256 key: the SHA-256 of its canonical JWK (RFC 7638)."""
    canonical = json.dumps(jwk_of(key), separators=(",", ":")).encode()
    return base64url(hashlib.sha256(canonical).digest())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
