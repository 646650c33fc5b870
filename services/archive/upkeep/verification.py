"""Verifies the archive: every manifest, every file, and that there is nothing else.

It starts from what the catalogue says of the last manifest, so manifests that are missing at the
end, and an older copy of the whole archive, are found as well.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from models import ArchiveManifest
from security.jwt.statements import StatementError
from services.archive import catalogue
from services.archive.archiver import Archiver
from services.archive.files import building, names, objects
from services.archive.files import manifest as manifests
from services.archive.files.manifest import FileEntry, Manifest
from services.archive.files.store import ArchiveFileError, NotStored, Store
from services.archive.numbers import days_between

_NUMBER = re.compile(r"manifests/(\d{8})\.jws")


@dataclass(frozen=True, slots=True)
class Chain:
    """The manifests of a store in their order, and what is wrong with them."""

    manifests: list[Manifest] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    kids: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def problems(archiver: Archiver, *, trusted: Collection[str] = ()) -> Iterator[str]:
    """Yield what is wrong, as sentences for the operator; nothing if all is well.

    `trusted` are ids of keys besides the published ones. Reads the whole archive.
    """
    with archiver.transaction() as session:
        last = catalogue.last_manifest(session)
        known = {*archiver.keys(session).public, *catalogue.kids(session), *trusted}
        # Files of a manifest that is not there yet, or that are deleted soon.
        pending = catalogue.names(session)
    chain = read_chain(archiver.store)
    yield from chain.problems
    yield from end_problems(chain, last, known)
    wanted = current_files(chain.manifests)
    for entry in wanted.values():
        problem = _file_problem(archiver, entry)
        if problem is not None:
            yield problem
    for stored in archiver.store.list():
        is_known = stored.name in wanted or stored.name in pending
        if not is_known and not _NUMBER.fullmatch(stored.name):
            yield f"{stored.name} is in no current manifest; `downtime archive sweep` deletes it."


def retention_note(store: Store) -> str | None:
    """Return what the operator has to know of deleted objects; None if they are gone for good.

    An empty archive tells nothing.
    """
    some = next((each.name for each in store.list(names.MANIFESTS)), None)
    kept = False if some is None else store.keeps_deleted(some)
    if kept is None:
        return (
            f"{store.address} does not tell whether it keeps deleted objects, by versioning or soft"
            " deletion. Look at the rules of the bucket: what is erased here may stay there."
        )
    if kept:
        return (
            f"{store.address} keeps versions of deleted objects (versioning or Object Lock). What is"
            " erased here stays there until the rules of the bucket remove old versions."
        )
    return None


def read_chain(store: Store) -> Chain:
    """Read the manifests from the first on, as far as they are one chain."""
    chain = Chain()
    numbers = {
        int(match[1])
        for each in store.list(names.MANIFESTS)
        if (match := _NUMBER.fullmatch(each.name))
    }
    for number in range(1, max(numbers, default=0) + 1):
        problem = _read_next(store, chain, number)
        if problem is not None:
            chain.problems.append(problem)
            break
    return chain


def current_files(chain: list[Manifest]) -> Mapping[str, FileEntry]:
    """Return the files that the newest manifest of any day names, by name."""
    newest: dict[date, Manifest] = {}
    for each in chain:
        newest.update(dict.fromkeys(days_between(each.first_day, each.last_day), each))
    return {entry.name: entry for each in newest.values() for entry in each.files}


def _read_next(store: Store, chain: Chain, number: int) -> str | None:
    name = names.of_manifest(number)
    try:
        content = store.read(name)
        manifest, kid = manifests.opened(content)
    except NotStored:
        return f"{name} is missing."
    except StatementError as error:
        return f"{name} is damaged: {error}"
    if manifest.number != number:
        return f"{name} is manifest {manifest.number}."
    if manifest.previous != (chain.hashes[-1] if chain.hashes else ""):
        return f"{name} does not follow the one before it: one of them was exchanged."
    chain.manifests.append(manifest)
    chain.hashes.append(manifests.hash_of(content))
    chain.kids.append(kid)
    return None


def end_problems(
    chain: Chain, last: ArchiveManifest | None, known: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with the end of a chain, by the last manifest of the catalogue."""
    if chain.kids and chain.kids[-1] not in known:
        yield f"The last manifest is signed by the key {chain.kids[-1]}, which is not known."
    if last is None:
        return
    if len(chain.hashes) < last.number:
        if not chain.problems:
            yield f"Manifests after {names.of_manifest(len(chain.hashes))} are missing."
    elif chain.hashes[last.number - 1] != last.sha256:
        yield f"{names.of_manifest(last.number)} is not the one that the database knows."


def _file_problem(archiver: Archiver, entry: FileEntry) -> str | None:
    try:
        with objects.fetched(archiver.store, entry, archiver.folder) as content:
            return building.content_problem(content, entry)
    except ArchiveFileError as error:
        return str(error)
