"""Nested JWTs: answers signed by us, then encrypted to one recipient (RFC 7519, 11.2).

Signing comes first, so only the recipient sees what was signed, and any change breaks the
authentication. Nothing is compressed (RFC 8725, 3.6).
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from joserfc import jwe
from joserfc.jwk import import_key
from jwt.api_jws import PyJWS

from security.jwt.jwk import EncryptionKey
from security.jwt.signing_keys import ALGORITHM, SigningKeys

MEDIA_TYPE = "application/jose"
TYPE = "downtime-answer+jwt"
"""The type of the signed part: other tokens are never valid as answers, or answers as tokens."""
LARGEST = 32 * 1024
"""The most bytes of claims. Common readers accept a JWE of up to 64 KiB, which holds 36,610 of
them.
"""
LIFETIME = timedelta(hours=12)
"""Half as long as a key that no longer signs stays published."""

_ENCRYPTION = "A256GCM"


class TooLarge(Exception):
    """The claims would have `size` bytes."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes")
        self.size = size


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """The recipient of an answer: public ids, and the public key of its holder."""

    id: uuid.UUID
    organization_id: uuid.UUID
    key: EncryptionKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """Makes the nested JWTs of one installation."""

    keys: SigningKeys
    issuer: str

    def seal(self, answer: object, to: Addressee, *, path: str, now: datetime) -> str:
        """Return the compact JWE of the answer of `path`, or raise `TooLarge`."""
        claims = {
            "iss": self.issuer,
            "aud": str(to.id),
            "org": str(to.organization_id),
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "jti": token_urlsafe(16),
            "path": path,
            "answer": answer,
        }
        payload = _json(claims)
        if len(payload) > LARGEST:
            raise TooLarge(len(payload))
        return encrypt(self._signed(payload), to.key, {"typ": "JWT", "cty": "JWT"})

    def _signed(self, payload: bytes) -> bytes:
        header = {"kid": self.keys.kid, "typ": TYPE}
        signer = PyJWS(algorithms=[ALGORITHM])
        return signer.encode(payload, self.keys.private, ALGORITHM, headers=header).encode()


def encrypt(plaintext: bytes, key: EncryptionKey, header: Mapping[str, str]) -> str:
    """Return a compact JWE that only the holder of the private key can read."""
    protected: dict[str, Any] = {
        "alg": key.algorithm,
        "enc": _ENCRYPTION,
        "kid": key.thumbprint,
        **header,
    }
    public = import_key(dict(key.members))
    return jwe.encrypt_compact(
        protected, plaintext, public, algorithms=[key.algorithm, _ENCRYPTION]
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
