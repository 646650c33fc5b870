"""Secrets of machines: their format, and what is stored of them.

An API key is `dtm_<id>_<secret>_<checksum>`: a prefix that scanners know, the id of its row, 256
random bits, and a CRC-32. The checksum detects typing errors without a query. The secret of a
service account is 256 random bits too. Both are stored as an HMAC-SHA-256 under a key that no
database contains, which is enough for so many bits.
"""

import hmac
import re
import string
import zlib
from dataclasses import dataclass, field
from secrets import choice

from security.vault import DataKey

_ALPHABET = string.digits + string.ascii_letters
_ID_LENGTH, _SECRET_LENGTH, _CHECKSUM_LENGTH = 13, 43, 6
_API_KEY = re.compile(r"dtm_([0-9A-Za-z]{13})_([0-9A-Za-z]{43})_([0-9A-Za-z]{6})")
_LIKE_A_KEY = re.compile(r"dtm_[0-9A-Za-z]{13}_")
_PURPOSE = b"downtime/machine-secrets/v1"
_NOBODY = DataKey.new()


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """A key as it is sent; the whole text is secret."""

    key_id: str
    text: str = field(repr=False)


def new_api_key(key_id: str = "") -> ApiKeyText:
    """Return a new key, with the id of another one to renew that."""
    key_id = key_id or _random(_ID_LENGTH)
    body = f"dtm_{key_id}_{_random(_SECRET_LENGTH)}"
    return ApiKeyText(key_id, f"{body}_{_checksum(body)}")


def read_api_key(text: str) -> ApiKeyText | None:
    """Return a well-formed key with a valid checksum, or None."""
    match = _API_KEY.fullmatch(text)
    if match is None or _checksum(text.rpartition("_")[0]) != match[3]:
        return None
    return ApiKeyText(match[1], text)


def is_api_key_shaped(text: str) -> bool:
    return _LIKE_A_KEY.match(text) is not None


def new_client_secret() -> str:
    return _random(_SECRET_LENGTH)


def kept(secret: str, key: DataKey) -> bytes:
    """Return what is stored of a secret."""
    return hmac.digest(key.derived(_PURPOSE), secret.encode(), "sha256")


def is_kept(secret: str, key: DataKey | None, *hashes: bytes | None) -> bool:
    """Return whether a secret matches one of these hashes, in constant time.

    It takes the same time if there is nothing to compare.
    """
    given = kept(secret, key or _NOBODY)
    found = [hmac.compare_digest(given, each or bytes(32)) for each in hashes or (None,)]
    return any(found) and key is not None


def _random(length: int) -> str:
    """Return random characters; 43 of these 62 characters are 256 bits."""
    return "".join(choice(_ALPHABET) for _ in range(length))


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
