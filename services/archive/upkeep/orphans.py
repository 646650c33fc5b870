"""Deletes objects that nothing refers to: those of killed attempts, and replaced files."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import ArchiveFile
from models.session import database_now
from services.archive import catalogue
from services.archive.archiver import Archiver
from services.archive.days import identity
from services.archive.files import names

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
    for name in replaced:
        archiver.store.delete(name)
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
    for name in orphans:
        archiver.store.delete(name)
    return len(replaced) + len(orphans) + archiver.store.remove_unfinished(before=before)


def _replaced(session: Session, before: datetime) -> list[str]:
    return list(
        session.scalars(
            select(ArchiveFile.name).where(
                ArchiveFile.is_current.is_(False), ArchiveFile.replaced_at < before
            )
        )
    )
