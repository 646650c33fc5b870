"""Deletes objects that nothing refers to: those of killed attempts, and replaced files."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import ArchiveFile
from models.session import database_now
from services.archive import catalogue
from services.archive.archiver import Archiver
from services.archive.days import identity
from services.archive.files import names
from services.archive.files.store import NotStored, Store

log = structlog.get_logger(__name__)

AFTER = timedelta(hours=1)
"""Longer than any attempt, and than any request that still reads a replaced file."""


def sweep(archiver: Archiver, *, after: timedelta = AFTER) -> int:
    """Delete orphans that are older than `after`; return how many objects were deleted.

    Manifests are never deleted. Raise `WrongArchive` if the archive is not that of the catalogue.
    """
    identity.ensure_nothing_newer(archiver)
    with archiver.transaction() as session:
        before = database_now(session) - after
        replaced = _replaced(session, before)
    deleted = _delete(archiver.store, replaced)
    with archiver.transaction() as session:
        session.execute(
            delete(ArchiveFile).where(
                ArchiveFile.name.in_(replaced), ArchiveFile.is_current.is_(False)
            )
        )
    # The objects are listed before the catalogue is read: what is created meanwhile is not listed.
    stored = [each for each in archiver.store.list() if not each.name.startswith(names.MANIFESTS)]
    with archiver.transaction() as session:
        known = catalogue.names(session)
    orphans = [each.name for each in stored if each.name not in known and each.modified_at < before]
    deleted += _delete(archiver.store, orphans)
    return deleted + archiver.store.remove_unfinished(before=before)


def _delete(store: Store, found: Sequence[str]) -> int:
    """Delete objects; say in the log if the provider keeps them nevertheless."""
    if found and _is_kept(store, found[0]):
        log.warning("archive_deleted_objects_kept", address=store.address, objects=len(found))
    for name in found:
        store.delete(name)
    return len(found)


def _is_kept(store: Store, name: str) -> bool:
    try:
        return store.keeps_deleted(name) is True
    except NotStored:
        return False


def _replaced(session: Session, before: datetime) -> list[str]:
    return list(
        session.scalars(
            select(ArchiveFile.name).where(
                ArchiveFile.is_current.is_(False), ArchiveFile.replaced_at < before
            )
        )
    )
