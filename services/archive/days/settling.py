"""Settles what a killed attempt left: a manifest that the catalogue does not know.

Its number is taken, and nothing may be dropped or deleted before it is known whether the manifest
counts. It does if the catalogue has the same days. Otherwise the next manifest states what is
current of them, and the attempt is repeated.
"""

from sqlalchemy.orm import Session

from models.archive import ArchiveState
from services.archive import catalogue
from services.archive.archiver import Archiver
from services.archive.days import identity, publishing
from services.archive.days.publishing import Plan
from services.archive.files import names
from services.archive.files.manifest import Manifest
from services.archive.files.store import NotStored


def settle(archiver: Archiver) -> bool:
    """Settle the next manifest, if it is there; return whether it was.

    Raise `WrongArchive` if it is not of this archive, or if the database is older.
    """
    with archiver.transaction() as session:
        last = catalogue.last_manifest(session)
        keys = archiver.keys(session)
    number, previous = (last.number + 1, last.sha256) if last else (1, "")
    name = names.of_manifest(number)
    try:
        content = archiver.store.read(name)
    except NotStored:
        return False
    found, kid = publishing.opened(archiver, name, content)
    identity.refuse_foreign(found, number=number, previous=previous, kid=kid, keys=keys)
    identity.refuse_newer(archiver, found)
    with archiver.transaction() as session:
        publishing.note(session, found, content, kid)
        adopted = _adopted(session, archiver, found)
        if adopted is not None:
            publishing.make_current(session, adopted)
    if adopted is None:
        _state_again(archiver, found)
    return True


def _adopted(session: Session, archiver: Archiver, found: Manifest) -> Plan | None:
    """Return what the manifest makes current; None if it does not count."""
    rows = catalogue.days(session, found.first_day, found.last_day)
    period = found.first_day, found.last_day
    plan = publishing.plan_of(session, archiver, rows, period)
    if found.days and publishing.says_the_same(found, plan.manifest):
        return plan
    is_settled = all(row.state is ArchiveState.CURRENT for row in rows)
    if not found.days or not is_settled or publishing.shard_days(rows) != list(found.days):
        return None
    # A compaction: the days have the revisions that its files were verified with.
    stated = {each.name for each in found.files}
    files = [each for each in catalogue.files(session, *period) if each.is_current]
    return Plan(found, plan.keys, {each.name for each in files} - stated)


def _state_again(archiver: Archiver, found: Manifest) -> None:
    with archiver.transaction() as session:
        rows = catalogue.days(session, found.first_day, found.last_day)
        plan = publishing.plan_of(session, archiver, rows, (found.first_day, found.last_day))
    if plan.manifest.files:
        publishing.publish(archiver, plan)
