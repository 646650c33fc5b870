"""Data keys of organizations: created on first use, renewed yearly, rewrapped on rotation."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DataKey, Organization
from security import vault
from security.vault import KeyRing

_RENEWED_AFTER = timedelta(days=365)


def to_seal_with(
    session: Session, organization_id: int, *, ring: KeyRing, now: datetime
) -> DataKey:
    """Return the newest data key of an organization; a new one if that is over a year old."""
    newest = _newest(session, organization_id)
    if newest is None or now - newest.created_at > _RENEWED_AFTER:
        # Of two concurrent calls, the second waits and finds the key of the first.
        session.execute(
            select(Organization.id)
            .where(Organization.id == organization_id)
            .with_for_update(key_share=True)
        )
        newest = _newest(session, organization_id)
    if newest is None or now - newest.created_at > _RENEWED_AFTER:
        wrapped = ring.wrap(vault.DataKey.new())
        newest = DataKey(
            organization_id=organization_id,
            wrapped_by=wrapped.wrapped_by,
            wrapped=wrapped.wrapped,
            created_at=now,
        )
        session.add(newest)
        session.flush()
    return newest


def opened(row: DataKey, ring: KeyRing) -> vault.DataKey:
    """Unwrap a key. Raise `VaultError` if the ring lacks the key that wrapped it."""
    return ring.unwrap(vault.WrappedKey(row.wrapped_by, row.wrapped))


def rewrap(session: Session, *, ring: KeyRing) -> int:
    """Rewrap all data keys of other keys with the active one; return their number."""
    rows = session.scalars(
        select(DataKey)
        .where(DataKey.wrapped_by != ring.active)
        .order_by(DataKey.id)
        .with_for_update()
    ).all()
    for row in rows:
        wrapped = ring.rewrap(vault.WrappedKey(row.wrapped_by, row.wrapped))
        row.wrapped_by, row.wrapped = wrapped.wrapped_by, wrapped.wrapped
    session.flush()
    return len(rows)


def _newest(session: Session, organization_id: int) -> DataKey | None:
    return session.scalars(
        select(DataKey)
        .where(DataKey.organization_id == organization_id)
        .order_by(DataKey.id.desc())
        .limit(1)
    ).one_or_none()
