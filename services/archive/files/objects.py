"""Files as objects: created once under the name of their content, and read back."""

import hashlib
import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.archive.files.encoding import ParquetFile
from services.archive.files.footers import Footers
from services.archive.files.manifest import FileEntry
from services.archive.files.store import (
    AlreadyStored,
    ArchiveFileError,
    NotStored,
    Store,
)

_PIECE = 8 << 20
_SMALL = 1 << 20
"""Up to this size, one request for the whole object is faster than several for its parts."""

_footers = Footers(2 << 20)
"""Those of 16 files with 10 million checks each. In memory they take ten times as much."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def create(store: Store, name: str, path: Path) -> None:
    """Create the object, unless it is there: equal names mean equal content.

    The caller reads it back, because what is there may be damaged.
    """
    try:
        store.create(name, path)
    except AlreadyStored:
        return


def fetch(store: Store, name: str, size: int, path: Path) -> str:
    """Write an object to a file; return its SHA-256. Raise `ArchiveFileError` for another size."""
    try:
        found = store.size(name)
    except NotStored as error:
        raise ArchiveFileError(f"{name} is missing.") from error
    if found != size:
        raise ArchiveFileError(f"{name} has {found} bytes instead of {size}.")
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for start in range(0, size, _PIECE):
            piece = store.read_range(name, start, min(_PIECE, size - start))
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


@contextmanager
def fetched(store: Store, entry: FileEntry, folder: Path) -> Iterator[ParquetFile]:
    """Give an object as a local file whose bytes are verified. Raise `ArchiveFileError`."""
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        path = Path(directory) / "object.parquet"
        if fetch(store, entry.name, entry.size_bytes, path) != entry.sha256:
            raise ArchiveFileError(f"{entry.name} has other bytes than its manifest states.")
        yield ParquetFile(path, entry.name)


def opened(store: Store, name: str, size: int) -> ParquetFile:
    """Open an object. A small one is read at once; of another, only the needed parts."""
    if size > _SMALL:
        return _footers.opened(store, name, size)
    content = store.read(name)
    if len(content) != size:
        raise ArchiveFileError(f"{name} has {len(content)} bytes instead of {size}.")
    return ParquetFile(io.BytesIO(content), name)
