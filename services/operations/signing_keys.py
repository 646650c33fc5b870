"""The keys of access tokens, rotated: pending, active, retiring, revoked.

A new key is published before it signs, so that all caches of the keys have it. The previous one
stays published until its last token has expired. The first key is that of the settings; until the
first rotation there are no rows, and it is the only one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from models import SigningKey
from models.signing_key import SigningKeyState
from security import vault
from security.jwt.signing_keys import SigningKeys, signing_key, thumbprint
from security.vault import KeyRing, Sealed, WrappedKey
from services import locks
from services.errors import NotFound
from services.locks import Lock

PUBLISHED_BEFORE = timedelta(minutes=15)
"""How long a key is published before it signs; the keys may be cached for ten minutes."""
ACTIVE_FOR = timedelta(days=90)
RETIRING_FOR = timedelta(hours=24)
"""Longer than the lifetime of any access token."""

_PURPOSE = b"downtime/signing-key/v1\0"
_PUBLISHED = (SigningKeyState.ACTIVE, SigningKeyState.PENDING, SigningKeyState.RETIRING)

log = structlog.get_logger(__name__)


def current(session: Session, first: SigningKeys, *, ring: KeyRing) -> SigningKeys:
    """Return the current keys; `first` is that of the settings."""
    rows = session.scalars(
        select(SigningKey).where(SigningKey.state.in_(_PUBLISHED)).order_by(SigningKey.created_at)
    ).all()
    active = next((row for row in rows if row.state is SigningKeyState.ACTIVE), None)
    if active is None:
        return first
    private = signing_key(_opened(active, ring))
    return SigningKeys(active.kid, private, {row.kid: _public(row) for row in rows})


def of_settings(session: Session, settings: Settings) -> SigningKeys:
    """Return the current keys of an installation; without a key ring, only the settings' key."""
    first = SigningKeys.of(settings.jwt_private_key.get_secret_value())
    if not settings.keys.get_secret_value():
        return first
    return current(session, first, ring=KeyRing.from_settings(settings))


def advance(session: Session, first: SigningKeys, *, ring: KeyRing, now: datetime) -> None:
    """Advance each key that is due. Safe to run at any time, and concurrently."""
    _lock(session)
    rows = _rows(session)
    if not rows:
        _add(session, first.private, SigningKeyState.ACTIVE, ring=ring, now=now)
        return
    pending, active = _of(rows, SigningKeyState.PENDING), _of(rows, SigningKeyState.ACTIVE)
    for row in rows:
        if row.state is SigningKeyState.RETIRING and row.changed_at + RETIRING_FOR <= now:
            _move(session, row, SigningKeyState.REVOKED, now=now)
    if pending is not None and pending.changed_at + PUBLISHED_BEFORE <= now:
        if active is not None:
            _move(session, active, SigningKeyState.RETIRING, now=now)
        _move(session, pending, SigningKeyState.ACTIVE, now=now)
    elif pending is None and active and active.changed_at + ACTIVE_FOR - PUBLISHED_BEFORE <= now:
        _add_new(session, SigningKeyState.PENDING, ring=ring, now=now)


def rotate(session: Session, first: SigningKeys, *, ring: KeyRing, now: datetime) -> str:
    """Begin a rotation early and return the id of the next key, which signs after 15 minutes."""
    advance(session, first, ring=ring, now=now)
    pending = _of(_rows(session), SigningKeyState.PENDING)
    if pending is None:
        pending = _add_new(session, SigningKeyState.PENDING, ring=ring, now=now)
    return pending.kid


def revoke(session: Session, first: SigningKeys, kid: str, *, ring: KeyRing, now: datetime) -> None:
    """Revoke a key with all its tokens. If it was active, a new key signs at once.

    Raise `NotFound` if there is none.
    """
    advance(session, first, ring=ring, now=now)
    row = session.get(SigningKey, kid)
    if row is None:
        raise NotFound("signing key")
    was_active = row.state is SigningKeyState.ACTIVE
    _move(session, row, SigningKeyState.REVOKED, now=now)
    if was_active:
        # Caches may not have the new key yet, which an emergency justifies.
        _add_new(session, SigningKeyState.ACTIVE, ring=ring, now=now)


def every(session: Session) -> Sequence[SigningKey]:
    """List all keys ever used, oldest first."""
    return session.scalars(select(SigningKey).order_by(SigningKey.created_at)).all()


def rewrap(session: Session, *, ring: KeyRing) -> int:
    """Rewrap the secrets of other keys with the active key of the ring; return their number."""
    rows = [row for row in _rows(session) if row.wrapped_by != ring.active]
    for row in rows:
        wrapped = ring.rewrap(WrappedKey(row.wrapped_by, row.wrapped))
        row.wrapped_by, row.wrapped = wrapped.wrapped_by, wrapped.wrapped
    session.flush()
    return len(rows)


def _lock(session: Session) -> None:
    locks.take(session, Lock.SIGNING_KEYS)


def _rows(session: Session) -> Sequence[SigningKey]:
    return session.scalars(
        select(SigningKey)
        .order_by(SigningKey.created_at)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _of(rows: Sequence[SigningKey], state: SigningKeyState) -> SigningKey | None:
    return next((row for row in rows if row.state is state), None)


def _move(session: Session, row: SigningKey, state: SigningKeyState, *, now: datetime) -> None:
    log.info("signing_key_moved", kid=row.kid, before=row.state.value, after=state.value)
    row.state, row.changed_at = state, now
    # Flush at once, because only one key may be active at any moment.
    session.flush()


def _add_new(
    session: Session, state: SigningKeyState, *, ring: KeyRing, now: datetime
) -> SigningKey:
    return _add(session, ec.generate_private_key(ec.SECP256R1()), state, ring=ring, now=now)


def _add(
    session: Session,
    key: ec.EllipticCurvePrivateKey,
    state: SigningKeyState,
    *,
    ring: KeyRing,
    now: datetime,
) -> SigningKey:
    kid = thumbprint(key.public_key())
    data_key = vault.DataKey.new()
    wrapped = ring.wrap(data_key)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    sealed = data_key.seal(secret, bound_to=_PURPOSE + kid.encode())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    row = SigningKey(
        kid=kid,
        state=state,
        public_key=public.decode(),
        wrapped_by=wrapped.wrapped_by,
        wrapped=wrapped.wrapped,
        nonce=sealed.nonce,
        ciphertext=sealed.ciphertext,
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    return row


def _opened(row: SigningKey, ring: KeyRing) -> str:
    data_key = ring.unwrap(WrappedKey(row.wrapped_by, row.wrapped))
    sealed = Sealed(row.nonce, row.ciphertext)
    return data_key.open(sealed, bound_to=_PURPOSE + row.kid.encode()).decode()


def _public(row: SigningKey) -> ec.EllipticCurvePublicKey:
    key = load_pem_public_key(row.public_key.encode())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("A signing key must be an EC key.")
    return key
