"""Whether the object store is the archive that the catalogue describes.

If not, nothing may be dropped or deleted: the address may be wrong, another installation may use
it, or the database may be older than the archive.
"""

from contextlib import suppress

from security.jwt.signing_keys import SigningKeys
from services.archive import catalogue
from services.archive.archiver import Archiver
from services.archive.files import manifest as manifests
from services.archive.files import names
from services.archive.files.manifest import Manifest
from services.archive.files.store import NotStored, StoreError

_NEWER = (
    "The archive has a manifest that the database does not know. If a backup of the database was"
    " restored, run `downtime archive rebuild-catalogue`."
)


class WrongArchive(StoreError):
    """The object store is not the one that the catalogue describes; nothing may be dropped."""


def ensure_same_store(archiver: Archiver) -> None:
    """Raise `WrongArchive` unless the store has the last manifest of the catalogue."""
    with archiver.transaction() as session:
        last = catalogue.last_manifest(session)
    if last is None:
        return
    name = names.of_manifest(last.number)
    try:
        content = archiver.store.read(name)
    except NotStored as error:
        raise WrongArchive(f"{archiver.store.address} lacks {name}, so it is not used.") from error
    if manifests.hash_of(content) != last.sha256:
        raise WrongArchive(f"{archiver.store.address} has another {name}, so it is not used.")


def ensure_nothing_newer(archiver: Archiver) -> None:
    """Raise `WrongArchive` if the store has a manifest after the last one of the catalogue.

    It is of a killed attempt, or the database is older than the archive. As long as that is not
    decided, nothing may be deleted.
    """
    ensure_same_store(archiver)
    with archiver.transaction() as session:
        last = catalogue.last_manifest(session)
    with suppress(NotStored):
        archiver.store.size(names.of_manifest(last.number + 1 if last else 1))
        raise WrongArchive(_NEWER)


def refuse_foreign(
    found: Manifest, *, number: int, previous: str, kid: str, keys: SigningKeys
) -> None:
    """Raise `WrongArchive` unless the manifest is ours; it may be of a killed attempt."""
    is_ours = kid in keys.public and found.previous == previous
    if not is_ours or found.number != number:
        raise WrongArchive(
            f"Manifest {number} is not of this archive. Is another installation"
            " using the same address?"
        )


def refuse_newer(archiver: Archiver, found: Manifest) -> None:
    """Raise `WrongArchive` if the manifest has files that the catalogue does not know.

    The manifest of a killed attempt has none. So the database is older than the archive.
    """
    with archiver.transaction() as session:
        known = catalogue.names(session)
    if any(each.name not in known for each in found.files):
        raise WrongArchive(_NEWER)
