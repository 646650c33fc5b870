"""Erases personal data from the audit log, and deletes entries past their retention.

The hashes do not cover personal data but its digest, so a chain verifies after an erasure as before.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from models import ArchiveRetention, AuditEntry, AuditHead, Organization
from services.audit import acts

KEPT = timedelta(days=400)
"""A year, and time to look back at it. The database refuses to delete a younger entry."""

_BATCH = 2_000


def erase_person(session: Session, public_id: UUID, email: str) -> None:
    """Erase what names a user, or tells where they acted from, in every chain."""
    session.execute(select(func.erase_audit_person(public_id, email)))


def erase_some_of_deleted(session: Session, *, now: datetime) -> bool:
    """Erase the personal data of some entries of a deleted organization; return if there were any."""
    del now
    organization_id = session.scalar(
        select(AuditHead.organization_id)
        .where(
            AuditHead.organization_id != acts.INSTANCE,
            ~exists().where(
                Organization.id == AuditHead.organization_id, Organization.deleted_at.is_(None)
            ),
            ~_is_held(),
            exists().where(
                AuditEntry.organization_id == AuditHead.organization_id,
                AuditEntry.salt.is_not(None),
            ),
        )
        .limit(1)
    )
    if organization_id is None:
        return False
    return bool(session.scalar(select(func.erase_audit_organization(organization_id, _BATCH))))


def prune(session: Session, *, now: datetime) -> bool:
    """Delete the oldest entries of one chain, if they are too old; return if there were any.

    The head keeps the hash of the last deleted entry, so the rest of the chain still verifies.
    """
    too_old = AuditEntry.at < now - KEPT
    head = session.scalars(
        select(AuditHead)
        .where(
            exists().where(AuditEntry.organization_id == AuditHead.organization_id, too_old),
            ~_is_held(),
        )
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if head is None:
        return False
    mine = AuditEntry.organization_id == head.organization_id
    first = session.scalars(
        select(AuditEntry).where(mine, too_old).order_by(AuditEntry.sequence).limit(_BATCH)
    ).all()
    last = first[-1]
    session.execute(delete(AuditEntry).where(mine, AuditEntry.sequence <= last.sequence))
    session.execute(
        update(AuditHead)
        .where(AuditHead.organization_id == head.organization_id)
        .values(pruned_sequence=last.sequence, pruned_hash=last.hash)
    )
    return True


def forget_heads(session: Session) -> None:
    """Delete the heads of deleted organizations whose last entry is gone."""
    session.execute(
        delete(AuditHead).where(
            AuditHead.pruned_sequence == AuditHead.sequence,
            AuditHead.organization_id != acts.INSTANCE,
            ~exists().where(Organization.id == AuditHead.organization_id),
        )
    )


def _is_held() -> ColumnElement[bool]:
    """Return whether the organization of a head is on legal hold."""
    return exists().where(
        ArchiveRetention.organization_id == AuditHead.organization_id,
        ArchiveRetention.held_since.is_not(None),
    )
