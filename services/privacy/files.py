"""An export as a file: a zip with one JSON document for each table, encrypted for an age recipient.

It is written in constant memory and may spill to a temporary file, which the caller closes.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import IO

from security import age
from services.errors import Invalid
from services.privacy import exports
from services.privacy.exports import Section

_IN_MEMORY = 8 * 1024 * 1024
_AT_ONCE = 256 * 1024
_EARLIEST = (1980, 1, 1, 0, 0, 0)


def written(
    sections: Iterable[Section], about: Mapping[str, str], *, recipient: str | None, now: datetime
) -> IO[bytes]:
    """Return the file, at its beginning. Raise `Invalid` for a recipient that is none."""
    if recipient is not None:
        try:
            age.checked(recipient)
        except age.RecipientError as error:
            raise Invalid({"recipient": [str(error)]}) from error
    plain = _spool()
    _zip(plain, sections, {**about, "exported_at": now.isoformat()})
    plain.seek(0)
    if recipient is None:
        return plain
    sealed = _spool()
    with plain:
        age.encrypt(pieces(plain), recipient, _writer(sealed))
    sealed.seek(0)
    return sealed


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the rest of a file, piece by piece."""
    while piece := file.read(_AT_ONCE):
        yield piece


def _zip(file: IO[bytes], sections: Iterable[Section], about: Mapping[str, str]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        names = []
        for section in sections:
            names.append(section.name)
            info = zipfile.ZipInfo(f"{section.name}.json", _EARLIEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w", force_zip64=True) as document:
                for piece in exports.as_json(section.rows):
                    document.write(piece)
        info = zipfile.ZipInfo("manifest.json", _EARLIEST)
        archive.writestr(info, json.dumps({**about, "tables": names}, indent=2, sort_keys=True))


def _writer(file: IO[bytes]) -> Callable[[bytes], None]:
    def write(piece: bytes) -> None:
        file.write(piece)

    return write


def _spool() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)
