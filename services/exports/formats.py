"""The formats of a part: JSON, NDJSON and CSV in gzip, and Parquet.

Each part is a complete file that can be read without the others. Rows come in pages and leave as
pieces of bytes, so the memory is that of a page.
"""

import csv
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from services.exports import parquet as export_parquet
from services.exports.documents import Document, Kind, Row, Value

Pages = Iterable[Sequence[Row]]
Encode = Callable[[Document, Pages], Iterator[bytes]]

_GZIP_WINDOW = 31
_LEVEL = 6

# What a spreadsheet may take for a formula, even after space or marks that it drops (OWASP).
_FORMULA = re.compile(r"[\t\r\n]|[\s\ufeff\u200b]*[=+\-@\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True, slots=True)
class Format:
    """`suffix` ends the names of its files."""

    suffix: str
    encode: Encode


def _json(_: Document, pages: Pages) -> Iterator[bytes]:
    separator = "[\n"
    for page in pages:
        for row in page:
            yield (separator + _dumped(row)).encode()
            separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


def _ndjson(_: Document, pages: Pages) -> Iterator[bytes]:
    for page in pages:
        yield "".join(f"{_dumped(row)}\n" for row in page).encode()


def _csv(document: Document, pages: Pages) -> Iterator[bytes]:
    """Write RFC 4180: UTF-8, a header, CR LF. Text is quoted and does not start like a formula."""
    names = [column.name for column in document.columns]
    words = {column.name for column in document.columns if column.kind is Kind.TEXT}
    yield _lines([names])
    for page in pages:
        yield _lines([_cell(row[name], name in words) for name in names] for row in page)


def _lines(rows: Iterable[Sequence[Value]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: Value, is_text: bool) -> Value:  # noqa: FBT001 - one call, beside it
    if isinstance(value, datetime | date):
        return _moment(value)
    if value is None:
        return ""
    return guarded(value) if is_text and isinstance(value, str) else value


def guarded(text: str) -> str:
    """Prefix text with an apostrophe if a spreadsheet may take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _dumped(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_moment)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _gzipped(encode: Encode) -> Encode:
    def encode_small(document: Document, pages: Pages) -> Iterator[bytes]:
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
        for piece in encode(document, pages):
            yield packer.compress(piece)
        yield packer.flush()

    return encode_small


FORMATS = {
    "json": Format(".json.gz", _gzipped(_json)),
    "ndjson": Format(".ndjson.gz", _gzipped(_ndjson)),
    "csv": Format(".csv.gz", _gzipped(_csv)),
    "parquet": Format(".parquet", export_parquet.encode),
}
