"""Signed links in messages: each authorizes one action without a login, for a limited time.

A link has to fit into a text message, so it is shorter than a JWT. It contains its expiry, its
subject, and an HMAC of both and of its URL. The key is derived for links alone, so a link is never
valid as an access token, or the reverse.

A short token is only an HMAC of its subject. Its hash is stored with what it authorizes, and its
expiry.
"""

import base64
import hashlib
import hmac
import re
import string
import struct
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.settings import Settings
from security.jwt.signing_keys import signing_key

LIFETIME = timedelta(days=7)
KEPT = timedelta(days=400)
"""The lifetime of an unsubscribe link: it must work in old mails too."""
SHORT = timedelta(minutes=10)
"""The lifetime of a link that opens a download to everybody who has it."""

_FORM = struct.Struct(">I16s16s")
"""The expiry in unix seconds, the organization, and the subject."""
_TAG_BYTES = 16
_LENGTH = 70
_KEY_BYTES = 32
_DIGITS = string.digits + string.ascii_letters
_SHORT_LENGTH = 14
"""83 bits in base 62: a text message has room for a name of 40 characters and the link."""
_SHORT_FORM = re.compile(rf"[0-9A-Za-z]{{{_SHORT_LENGTH}}}")


class LinkError(Exception):
    """Malformed, expired, or for another purpose; the user sees the same answer for each."""


class Purpose(StrEnum):
    """The purpose of a link.

    Its subject is a channel, a channel, an export, an invitation, an account request, a user, a
    login, a closed organization or account, or the number of a challenge for a passkey.
    """

    CONFIRM = "confirm"
    UNSUBSCRIBE = "unsubscribe"
    EXPORT = "export"
    INVITATION = "invitation"
    REGISTRATION = "registration"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a purpose
    EMAIL_ALLOW = "email-allow"
    EMAIL_CONFIRM = "email-confirm"
    RESTORE_ORGANIZATION = "restore-organization"
    RESTORE_ACCOUNT = "restore-account"
    LOGIN_STEP = "login-step"
    NOT_ME = "not-me"
    PASSKEY_REGISTRATION = "passkey-registration"
    PASSKEY_LOGIN = "passkey-login"


LIFETIMES = {
    Purpose.UNSUBSCRIBE: KEPT,
    Purpose.EXPORT: SHORT,
    Purpose.REGISTRATION: timedelta(hours=24),
    Purpose.PASSWORD_RESET: timedelta(minutes=30),
    Purpose.EMAIL_ALLOW: timedelta(hours=24),
    Purpose.EMAIL_CONFIRM: timedelta(hours=24),
    Purpose.RESTORE_ORGANIZATION: timedelta(days=30),
    Purpose.RESTORE_ACCOUNT: timedelta(days=14),
    Purpose.LOGIN_STEP: timedelta(minutes=5),
    Purpose.PASSKEY_REGISTRATION: timedelta(minutes=5),
    Purpose.PASSKEY_LOGIN: timedelta(minutes=5),
}
"""The lifetimes that differ from `LIFETIME`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The subject of a link: public ids, to be looked up before they are trusted."""

    organization_id: uuid.UUID
    id: uuid.UUID


NOBODY = uuid.UUID(int=0)
"""Replaces the organization in a link about an account, which belongs to none."""


class Links:
    """Makes and verifies the links of one installation with one key."""

    def __init__(self, private_key: str, *, public_url: str) -> None:
        secret = signing_key(private_key).private_numbers().private_value
        kdf = HKDF(hashes.SHA256(), _KEY_BYTES, salt=None, info=b"downtime/links/v1")
        self._key = kdf.derive(secret.to_bytes(_KEY_BYTES, "big"))
        self.public_url = public_url.rstrip("/")

    @classmethod
    def from_settings(cls, settings: Settings) -> "Links":
        key = settings.jwt_private_key.get_secret_value()
        return cls(key, public_url=settings.public_url)

    def make(self, purpose: Purpose, subject: Subject, *, now: datetime) -> str:
        """Return the URL to put into a message."""
        return f"{self._place(purpose)}/{self.token(purpose, subject, now=now)}"

    def token(self, purpose: Purpose, subject: Subject, *, now: datetime) -> str:
        """Return the last part of the URL, for a form that takes it without a link."""
        ends = int((now + LIFETIMES.get(purpose, LIFETIME)).timestamp())
        body = _FORM.pack(ends, subject.organization_id.bytes, subject.id.bytes)
        return _written(body + self._tag(purpose, body))

    def short_token(self, subject: str) -> str:
        """Return a token of 83 bits for a subject, the same each time.

        It is valid only where its hash is stored, so whoever makes it stores `short_hash` first.
        """
        number = int.from_bytes(hmac.digest(self._key, f"short\0{subject}".encode(), "sha256"))
        digits = ""
        for _ in range(_SHORT_LENGTH):
            number, digit = divmod(number, len(_DIGITS))
            digits += _DIGITS[digit]
        return digits

    def read(self, purpose: Purpose, token: str, *, now: datetime) -> Subject:
        """Return the subject of a valid link, or raise `LinkError`."""
        body, tag = _parts(token)
        if not hmac.compare_digest(tag, self._tag(purpose, body)):
            raise LinkError("tag")
        ends, organization, subject = _FORM.unpack(body)
        if now.timestamp() >= ends:
            raise LinkError("expired")
        return Subject(organization_id=uuid.UUID(bytes=organization), id=uuid.UUID(bytes=subject))

    def _tag(self, purpose: Purpose, body: bytes) -> bytes:
        message = self._place(purpose).encode() + b"\0" + body
        return hmac.digest(self._key, message, "sha256")[:_TAG_BYTES]

    def _place(self, purpose: Purpose) -> str:
        return f"{self.public_url}/links/{purpose}"


def short_hash(token: str) -> bytes:
    """Return the hash that a short token is looked up by; so many random bits need no slow hash.

    Raise `LinkError` for a text that no short token looks like.
    """
    if not _SHORT_FORM.fullmatch(token):
        raise LinkError("form")
    return hashlib.sha256(token.encode()).digest()


def _parts(token: str) -> tuple[bytes, bytes]:
    if len(token) != _LENGTH:
        raise LinkError("length")
    try:
        raw = base64.b64decode(f"{token}==", altchars=b"-_", validate=True)
    except ValueError as error:
        raise LinkError("form") from error
    # Bits that decoders ignore must not make a second valid link.
    if _written(raw) != token:
        raise LinkError("form")
    return raw[: _FORM.size], raw[_FORM.size :]


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
