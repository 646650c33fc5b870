"""Secrets at rest: AES-256-GCM under a data key, wrapped by a key that no database contains.

`DOWNTIME_KEYS` is the key ring, such as `k2:<base64>,k1:<base64>`: the first key wraps, all of them
unwrap. A ciphertext is bound to its place, so a copy in another row cannot be opened.
"""

import base64
import hmac
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from config.settings import Settings

_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[a-z0-9-]{1,32}")
_FORM = "DOWNTIME_KEYS must look like `k2:…,k1:…`: an id, a colon, 32 bytes in base64."


class VaultError(Exception):
    """Something cannot be opened. The text is for our log and contains no secret."""


@dataclass(frozen=True, slots=True)
class Sealed:
    nonce: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class WrappedKey:
    wrapped_by: str
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class DataKey:
    """The unwrapped key of one organization: only in memory, and only while it is used."""

    _key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        return cls(token_bytes(_KEY_BYTES))

    def seal(self, plaintext: bytes, *, bound_to: bytes) -> Sealed:
        nonce = token_bytes(_NONCE_BYTES)
        return Sealed(nonce, AESGCM(self._key).encrypt(nonce, plaintext, bound_to))

    def open(self, sealed: Sealed, *, bound_to: bytes) -> bytes:
        try:
            return AESGCM(self._key).decrypt(sealed.nonce, sealed.ciphertext, bound_to)
        except (InvalidTag, ValueError) as error:
            raise VaultError(
                "The sealed value is damaged, or belongs to another row or column."
            ) from error

    def fingerprint(self, secret: str) -> str:
        """Return a short fingerprint that distinguishes secrets without revealing them.

        Nobody without the key can test guesses.
        """
        key = self.derived(b"downtime/fingerprint/v1")
        return hmac.new(key, secret.encode(), "sha256").hexdigest()[:8]

    def derived(self, purpose: bytes) -> bytes:
        """Return a key derived from this one for a purpose."""
        return HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=purpose).derive(self._key)


class KeyRing:
    """The key-encryption keys of this process, by id; the first is the active one."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError(
                "DOWNTIME_KEYS contains no key. Create one with `downtime keys encryption`."
            )
        self._keys = dict(keys)
        self.active = next(iter(self._keys))

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self._keys)})"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Return the ring of this process; raise `ValueError` if it is missing or malformed."""
        return cls.parse(settings.keys.get_secret_value())

    @classmethod
    def parse(cls, text: str) -> Self:
        keys: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            key_id, key = _parsed(part)
            if key_id in keys:
                raise ValueError("DOWNTIME_KEYS contains two keys with the same id.")
            keys[key_id] = key
        return cls(keys)

    def wrap(self, key: DataKey) -> WrappedKey:
        return WrappedKey(self.active, aes_key_wrap(self._keys[self.active], key._key))  # noqa: SLF001 - what a wrap is of

    def unwrap(self, key: WrappedKey) -> DataKey:
        if key.wrapped_by not in self._keys:
            raise VaultError(f"DOWNTIME_KEYS lacks the key {key.wrapped_by}.")
        try:
            return DataKey(aes_key_unwrap(self._keys[key.wrapped_by], key.wrapped))
        except (InvalidUnwrap, ValueError) as error:
            raise VaultError(
                f"The key {key.wrapped_by} differs from the one that wrapped the data key."
            ) from error

    def rewrap(self, key: WrappedKey) -> WrappedKey:
        """Wrap a key with the active key instead of another one."""
        return self.wrap(self.unwrap(key))


def place(
    purpose: str, *, organization: uuid.UUID, row: uuid.UUID, kind: str, version: int
) -> bytes:
    """Return the place in which a ciphertext can be opened, for `bound_to`."""
    head = f"downtime/{purpose}/v1\0".encode()
    return b"".join(
        (head, organization.bytes, row.bytes, kind.encode(), b"\0", version.to_bytes(8, "big"))
    )


def _parsed(part: str) -> tuple[str, bytes]:
    key_id, _, text = part.partition(":")
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValueError(_FORM) from error
    if not _KEY_ID.fullmatch(key_id) or len(key) != _KEY_BYTES:
        raise ValueError(_FORM)
    return key_id, key
