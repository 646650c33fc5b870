"""JWE as the container of an export: a single small part, for an active recipient."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from security.jwt import jose
from services.errors import ServiceError
from services.exports.worker import Claim
from services.recipients import resolve as recipient_resolve

LARGEST = 1024 * 1024
"""The most bytes to encrypt: a JWE is made and opened in memory as a whole."""


class Unsealable(Exception):
    """The text is shown to the user."""


def small_enough(pieces: Iterable[bytes]) -> bytes:
    """Return the joined pieces. Raise `Unsealable` as soon as they are too large."""
    gathered = bytearray()
    for piece in pieces:
        gathered += piece
        if len(gathered) > LARGEST:
            raise Unsealable(
                "The export has more than 1 MiB, too much for a JWE. Choose the container age."
            )
    return bytes(gathered)


def seal(session: Session, claim: Claim, plain: bytes, *, now: datetime) -> bytes:
    """Encrypt to the recipient. Raise `Unsealable` if it is not active any more."""
    named = uuid.UUID(claim.recipient)
    try:
        to = recipient_resolve.choose(session, claim.scope.organization_id, named, now=now)
    except ServiceError as error:
        raise Unsealable("The recipient is no longer active.") from error
    return jose.encrypt(plain, to.key, {"cty": "application/gzip"}).encode()
