"""Signatures of webhooks as https://www.standardwebhooks.com specifies: `v1` and `v1a`.

A secret is `whsec_` and 24 to 64 bytes in base64; a key pair is Ed25519, `whsk_` and `whpk_`.
"""

import base64
import hmac
from binascii import Error as Base64Error
from collections.abc import Container, Iterable
from secrets import token_bytes
from typing import Annotated

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import AfterValidator, SecretStr

_SECRET, _PRIVATE, _PUBLIC = "whsec_", "whsk_", "whpk_"
_SECRET_BYTES = range(24, 65)
_KEY_BYTES = (32, 64)
_NEW_SECRET_BYTES = 32


def new_secret() -> SecretStr:
    """Return 32 random bytes, as `whsec_` and base64."""
    return SecretStr(_SECRET + _encoded(token_bytes(_NEW_SECRET_BYTES)))


def new_signing_key() -> SecretStr:
    """Return a new Ed25519 key, as `whsk_` and base64; it is to be kept secret."""
    raw = Ed25519PrivateKey.generate().private_bytes_raw()
    return SecretStr(_PRIVATE + base64.b64encode(raw).decode())


def public_key(signing_key: SecretStr) -> str:
    """Return what a receiver verifies by, as `whpk_` and base64."""
    raw = _private(signing_key).public_key().public_bytes_raw()
    return _PUBLIC + base64.b64encode(raw).decode()


def headers(
    message_id: str,
    timestamp: int,
    body: bytes,
    *,
    secrets: Iterable[SecretStr],
    signing_keys: Iterable[SecretStr],
) -> dict[str, str]:
    """Sign by each of them; `timestamp` is that of this attempt, in unix seconds."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = [
        *(f"v1,{_encoded(hmac.digest(_shared(each), signed, 'sha256'))}" for each in secrets),
        *(f"v1a,{_encoded(_private(each).sign(signed))}" for each in signing_keys),
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _shared(secret: SecretStr) -> bytes:
    return _decoded(secret, _SECRET, _SECRET_BYTES, "Must be whsec_ and 24 to 64 bytes in base64.")


def _private(key: SecretStr) -> Ed25519PrivateKey:
    raw = _decoded(key, _PRIVATE, _KEY_BYTES, "Must be whsk_ and an Ed25519 key in base64.")
    # Some write the public half behind it.
    return Ed25519PrivateKey.from_private_bytes(raw[: _KEY_BYTES[0]])


def _decoded(secret: SecretStr, prefix: str, lengths: Container[int], sentence: str) -> bytes:
    text = secret.get_secret_value()
    try:
        raw = base64.b64decode(text.removeprefix(prefix), validate=True)
    except (ValueError, Base64Error):
        raise ValueError(sentence) from None
    if len(raw) not in lengths:
        raise ValueError(sentence)
    return raw


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _checked_secret(secret: SecretStr) -> SecretStr:
    _shared(secret)
    return secret


def _checked_key(key: SecretStr) -> SecretStr:
    _private(key)
    return key


SharedSecret = Annotated[SecretStr, AfterValidator(_checked_secret)]
SigningKey = Annotated[SecretStr, AfterValidator(_checked_key)]
