"""Proof of possession: a secret encrypted to a key, which only its holder can return.

It works for keys that cannot sign, such as X25519. The secret has 256 random bits, so attempts need
no limit.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from secrets import token_urlsafe

from models import Recipient
from models.recipient import RecipientState
from security.jwt import jose
from security.jwt.jwk import EncryptionKey
from services.errors import Conflict, Invalid

LASTS = timedelta(minutes=10)


def make(recipient: Recipient, key: EncryptionKey, *, now: datetime) -> str:
    """Return a JWE of a new secret, which replaces the last one."""
    _refuse_unless_pending(recipient)
    secret = token_urlsafe(32)
    recipient.challenge_hash = _hash(secret)
    recipient.challenge_ends_at = now + LASTS
    recipient.updated_at = now
    return jose.encrypt(secret.encode(), key, {"cty": "text/plain"})


def answer(recipient: Recipient, text: str, *, now: datetime) -> None:
    """Activate the recipient if this is the secret of its challenge, which works once.

    Raise `Conflict` without a current challenge, and `Invalid` for a wrong answer.
    """
    _refuse_unless_pending(recipient)
    if recipient.challenge_hash is None or recipient.challenge_ends_at is None:
        raise Conflict("This recipient has no challenge. Request one.")
    if now >= recipient.challenge_ends_at:
        raise Conflict("The challenge has expired. Request a new one.")
    if not hmac.compare_digest(_hash(text), recipient.challenge_hash):
        raise Invalid({"answer": ["The answer differs from the decrypted challenge."]})
    recipient.state = RecipientState.ACTIVE
    recipient.activated_at = recipient.updated_at = now
    recipient.challenge_hash = recipient.challenge_ends_at = None


def _refuse_unless_pending(recipient: Recipient) -> None:
    if recipient.state is not RecipientState.PENDING:
        raise Conflict(f"This recipient is already {recipient.state}.")


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
