"""Idempotent requests: a request that is sent again is processed once.

The answer is stored in the transaction of the request, so a kill loses or keeps both. A refused
request changes nothing and is not stored.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from models import DataKey, IdempotencyKey, IdempotencyUsage
from security.vault import KeyRing, Sealed
from services import data_keys, locks
from services.errors import Conflict, Invalid, TooMany
from services.locks import Lock

KEPT = timedelta(hours=24)
FIELD = "Idempotency-Key"
MOST_BYTES = 64 * 2**20
"""The most bytes stored for one organization."""

_ROW = 256
"""The approximate bytes of a row besides the answer."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Once:
    """A request to be processed once: two hashes of 32 bytes."""

    fingerprint: bytes
    """Of the key, the caller and the path."""
    request_hash: bytes
    """Of everything that was sent."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    status: int
    headers: dict[str, str]
    body: bytes


def once(*, key: str, organization_id: int, asking: str, path: str, sent: bytes) -> Once:
    """Identify a request by its key, organization, caller and path; `sent` is its whole content."""
    identity = "\0".join((str(organization_id), asking, path, key)).encode()
    return Once(hashlib.sha256(identity).digest(), hashlib.sha256(sent).digest())


def begin(
    session: Session, organization_id: int, request: Once, *, ring: KeyRing, now: datetime
) -> StoredResponse | None:
    """Return the stored answer; without one, lock out duplicates until the transaction ends.

    Raise `Conflict` while a duplicate is processed, and `Invalid` if the key was used for another
    request. Raise `TooMany` if the organization has stored as much as it may.
    """
    if not locks.try_take(session, Lock.IDEMPOTENT_REQUEST, request.fingerprint):
        raise Conflict(f"A request with this {FIELD} is still in progress.")
    row = session.get(IdempotencyKey, (organization_id, request.fingerprint))
    if row is not None and row.created_at <= now - KEPT:
        session.delete(row)
        session.flush()
        row = None
    if row is None:
        _refuse_more(session, organization_id, now)
        return None
    if row.request_hash != request.request_hash:
        raise Invalid({FIELD: ["This key was already used for a different request."]})
    return _opened(session, row, ring)


def remember(
    session: Session,
    organization_id: int,
    request: Once,
    answer: StoredResponse,
    *,
    ring: KeyRing,
    now: datetime,
) -> None:
    """Store the answer. Raise `TooMany` as `begin` does; the request then has no effect."""
    key = data_keys.to_seal_with(session, organization_id, ring=ring, now=now)
    sealed = data_keys.opened(key, ring).seal(_packed(answer), bound_to=_place(request.fingerprint))
    session.add(
        IdempotencyKey(
            organization_id=organization_id,
            fingerprint=request.fingerprint,
            request_hash=request.request_hash,
            data_key_id=key.id,
            nonce=sealed.nonce,
            ciphertext=sealed.ciphertext,
            created_at=now,
        )
    )
    session.flush()
    _count(session, organization_id, _ROW + len(sealed.ciphertext), now)
    _refuse_more(session, organization_id, now)


def forget(session: Session, *, now: datetime) -> None:
    """Delete expired answers and counters."""
    for table, is_over in (
        (IdempotencyKey, IdempotencyKey.created_at <= now - KEPT),
        (IdempotencyUsage, IdempotencyUsage.hour <= _first(now)),
    ):
        session.execute(delete(table).where(is_over).execution_options(synchronize_session=False))


def _count(session: Session, organization_id: int, size: int, now: datetime) -> None:
    """Count bytes of this hour. Runs last, because it blocks other requests of the organization."""
    first = insert(IdempotencyUsage).values(
        organization_id=organization_id, hour=_hour(now), size=size
    )
    session.execute(
        first.on_conflict_do_update(
            index_elements=["organization_id", "hour"],
            set_={"size": IdempotencyUsage.size + size},
        )
    )


def _refuse_more(session: Session, organization_id: int, now: datetime) -> None:
    size = session.scalar(
        select(func.sum(IdempotencyUsage.size)).where(
            IdempotencyUsage.organization_id == organization_id,
            IdempotencyUsage.hour > _first(now),
        )
    )
    if (size or 0) > MOST_BYTES:
        raise TooMany(
            f"Too many answers are stored for requests with {FIELD}. Send fewer of them, or omit "
            "the header.",
            retry_after=_hour(now) + _HOUR - now,
        )


def _hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _first(now: datetime) -> datetime:
    """Return the last hour whose answers have all expired."""
    return _hour(now) - KEPT - _HOUR


def _opened(session: Session, row: IdempotencyKey, ring: KeyRing) -> StoredResponse:
    key = data_keys.opened(session.get_one(DataKey, row.data_key_id), ring)
    packed = key.open(Sealed(row.nonce, row.ciphertext), bound_to=_place(row.fingerprint))
    values = json.loads(packed)
    return StoredResponse(values["status"], values["headers"], base64.b64decode(values["body"]))


def _packed(answer: StoredResponse) -> bytes:
    body = base64.b64encode(answer.body).decode()
    values = {"status": answer.status, "headers": answer.headers, "body": body}
    return json.dumps(values).encode()


def _place(fingerprint: bytes) -> bytes:
    """Return the place that an answer is sealed for; the fingerprint includes the organization."""
    return b"downtime/idempotency/v1\0" + fingerprint
