"""An export as a file: a zip with one JSON document for each table, encrypted for an age recipient.

It is written in constant memory and may spill to a temporary file, which the caller closes.
"""

import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
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
    with ExitStack() as opened:
        file = opened.enter_context(_spool())
        _zip(file, sections, {**about, "exported_at": now.isoformat()})
        file.seek(0)
        if recipient is not None:
            sealed = opened.enter_context(_spool())
            age.encrypt(pieces(file), recipient, _writer(sealed))
            sealed.seek(0)
            file = sealed
        # From here on, the caller closes it.
        opened.pop_all()
        return file


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the rest of a file, piece by piece, and close it."""
    with file:
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
