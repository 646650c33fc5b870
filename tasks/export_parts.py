"""Makes one part of an export: reads pages, formats, encrypts and writes them to the database.

Pages are read as chunks fill, each in a short transaction. So the memory used is that of a page and
a chunk, whatever the size of the part.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from config.settings import load
from models.session import database_now
from security import age
from services.archive import stores
from services.archive.rows.reading import Archived, NeedsArchive
from services.exports import jwe as export_jwe
from services.exports import worker as export_worker
from services.exports.contents import CHUNK_BYTES
from services.exports.documents import Row
from services.exports.sources import Page, Position
from services.exports.worker import Claim, Made

Archive = Callable[[NeedsArchive], Archived]
Transactions = Callable[[], AbstractContextManager[Session]]


def read_archive(needed: NeedsArchive) -> Archived:
    """Read these parts of the archive that the settings name. Raise `StoreError`."""
    # It imports pyarrow, which only processes that read the archive pay for.
    from services.archive.rows import lookup  # noqa: PLC0415

    store = stores.of(load())
    return {wanted: lookup.checks_of(store, wanted) for wanted in needed.wanted}


def make(claim: Claim, transaction: Transactions, archive: Archive = read_archive) -> Made:
    """Write the claimed part. Raise `Stopped`, `Unsealable` or `StoreError`."""
    rows = _Rows(claim, transaction, archive)
    chunks = _Chunks(claim, transaction)
    pieces = claim.format.encode(claim.document, rows.pages())
    if claim.container == "age":
        age.encrypt(pieces, claim.recipient, chunks.write)
    else:
        plain = export_jwe.small_enough(pieces)
        with transaction() as session:
            now = database_now(session)
            sealed = export_jwe.seal(session, claim, plain, now=now)
        chunks.write(sealed)
    chunks.close()
    return Made(rows.count, chunks.size, chunks.digest.hexdigest(), rows.after, rows.progress)


class _Rows:
    """The pages of one part, with their count."""

    def __init__(self, claim: Claim, transaction: Transactions, archive: Archive) -> None:
        self._claim = claim
        self._transaction = transaction
        self._archive = archive
        self.count = 0
        self.after: Position | None = claim.position
        self.progress = 0.0

    def pages(self) -> Iterator[Sequence[Row]]:
        while True:
            page = self._page()
            self.count += len(page.rows)
            self.after, self.progress = page.after, page.progress
            if page.rows:
                yield page.rows
            if self.after is None or self.count >= self._claim.document.part_rows:
                return

    def _page(self) -> Page:
        """Read the next page, and before it what it needs of the archive."""
        archived = self._claim.scope.archived
        archived.clear()
        while True:
            try:
                with self._transaction() as session:
                    now = database_now(session)
                    return export_worker.read(session, self._claim, self.after, now=now)
            except NeedsArchive as needed:
                archived.update(self._archive(needed))


class _Chunks:
    """Writes the encrypted bytes in chunks of one size; the last may be smaller."""

    def __init__(self, claim: Claim, transaction: Transactions) -> None:
        self._claim = claim
        self._transaction = transaction
        self._gathered = bytearray()
        self._number = 0
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, piece: bytes) -> None:
        self.digest.update(piece)
        self.size += len(piece)
        self._gathered += piece
        while len(self._gathered) >= CHUNK_BYTES:
            self._store(CHUNK_BYTES)

    def close(self) -> None:
        if self._gathered:
            self._store(len(self._gathered))

    def _store(self, length: int) -> None:
        content = bytes(self._gathered[:length])
        del self._gathered[:length]
        with self._transaction() as session:
            now = database_now(session)
            export_worker.write(session, self._claim, self._number, content, now=now)
        self._number += 1
