"""Public keys of recipients as JWK (RFC 7517), parsed strictly, because we encrypt to them.

What a key states about itself is not trusted: its algorithm follows from its type, and its id is
its thumbprint. Members with a URL (`x5u`, `jku`) are never followed.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

ECDH = "ECDH-ES+A256KW"
RSA = "RSA-OAEP-256"

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_CURVES: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1()}
_X25519_BYTES = 32
_FEWEST_BITS, _MOST_BITS = 2048, 8192
_LEAST_EXPONENT, _MOST_EXPONENT = 1 << 16, 1 << 256
"""FIPS 186-5, A.1.1: the public exponent lies between these."""
_OPERATIONS = ("encrypt", "wrapKey", "deriveKey", "deriveBits")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,1400}")


class JwkError(Exception):
    """Why a key is refused, in words for its sender."""


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A public key to encrypt to; `members` are the required ones of RFC 7638, and no others."""

    members: Mapping[str, str]
    algorithm: str

    @property
    def thumbprint(self) -> str:
        """The id of the key: the SHA-256 of its canonical form (RFC 7638)."""
        text = json.dumps(dict(self.members), sort_keys=True, separators=(",", ":"))
        return encoded(hashlib.sha256(text.encode()).digest())

    @property
    def jwk(self) -> dict[str, str]:
        """The complete key in the API."""
        return {**self.members, "kid": self.thumbprint, "alg": self.algorithm, "use": "enc"}


def read(jwk: Mapping[str, object]) -> EncryptionKey:
    """Return a public key that can be encrypted to, or raise `JwkError`."""
    if _PRIVATE & jwk.keys():
        raise JwkError(
            "The key contains its private part. Create another key pair, and register only the "
            "public key."
        )
    kind = jwk.get("kty")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise JwkError("`kty` must be `EC`, `OKP` or `RSA`.")
    key = reader(jwk)
    _refuse_other_uses(jwk, key.algorithm)
    return key


def encoded(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _elliptic(jwk: Mapping[str, object]) -> EncryptionKey:
    name = str(jwk.get("crv"))
    curve = _CURVES.get(name)
    if curve is None:
        raise JwkError("`crv` must be `P-256` or `P-384`.")
    x, y = (_octets(jwk, member, size=curve.key_size // 8) for member in "xy")
    point = (int.from_bytes(x, "big"), int.from_bytes(y, "big"))
    try:
        ec.EllipticCurvePublicNumbers(*point, curve).public_key()
    except ValueError as error:
        raise JwkError(f"The point is not on the curve {name}.") from error
    return EncryptionKey({"crv": name, "kty": "EC", "x": encoded(x), "y": encoded(y)}, ECDH)


def _montgomery(jwk: Mapping[str, object]) -> EncryptionKey:
    if jwk.get("crv") != "X25519":
        raise JwkError("`crv` must be `X25519`.")
    x = _octets(jwk, "x", size=_X25519_BYTES)
    try:
        # With a point of low order, every shared secret is zero (RFC 7748, 6.1).
        X25519PrivateKey.generate().exchange(X25519PublicKey.from_public_bytes(x))
    except ValueError as error:
        raise JwkError("The point is of low order.") from error
    return EncryptionKey({"crv": "X25519", "kty": "OKP", "x": encoded(x)}, ECDH)


def _rsa(jwk: Mapping[str, object]) -> EncryptionKey:
    n, e = _octets(jwk, "n"), _octets(jwk, "e")
    modulus, exponent = int.from_bytes(n, "big"), int.from_bytes(e, "big")
    if not _FEWEST_BITS <= modulus.bit_length() <= _MOST_BITS:
        raise JwkError(f"An RSA key must have {_FEWEST_BITS} to {_MOST_BITS} bits.")
    if not _LEAST_EXPONENT < exponent < _MOST_EXPONENT or not exponent & modulus & 1:
        raise JwkError("Modulus and exponent must be odd, and the exponent at least 65537.")
    try:
        rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError as error:
        raise JwkError("This is not an RSA key.") from error
    return EncryptionKey({"e": encoded(e), "kty": "RSA", "n": encoded(n)}, RSA)


_READERS: dict[str, Callable[[Mapping[str, object]], EncryptionKey]] = {
    "EC": _elliptic,
    "OKP": _montgomery,
    "RSA": _rsa,
}


def _octets(jwk: Mapping[str, object], name: str, *, size: int | None = None) -> bytes:
    """Decode a member in its canonical spelling; without a size it is a number (RFC 7518, 2)."""
    text = jwk.get(name)
    if not isinstance(text, str) or not _BASE64URL.fullmatch(text):
        raise JwkError(f"`{name}` must be base64url without padding.")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise JwkError(f"`{name}` must be base64url without padding.") from error
    if encoded(data) != text or (size is None and data[0] == 0):
        raise JwkError(f"`{name}` is not in its shortest form.")
    if size is not None and len(data) != size:
        raise JwkError(f"`{name}` must have {size} bytes.")
    return data


def _refuse_other_uses(jwk: Mapping[str, object], algorithm: str) -> None:
    """Refuse a key whose stated use is not encryption."""
    if jwk.get("alg", algorithm) != algorithm:
        raise JwkError(f"`alg` must be `{algorithm}` for this key, or omitted.")
    if jwk.get("use", "enc") != "enc":
        raise JwkError("`use` must be `enc`, or omitted.")
    operations = jwk.get("key_ops", [])
    if not isinstance(operations, list) or not all(each in _OPERATIONS for each in operations):
        raise JwkError("`key_ops` must allow only encryption, or be omitted.")
