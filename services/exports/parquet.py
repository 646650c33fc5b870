"""Parquet: each page of rows is a row group, compressed with zstd and written at once."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from services.exports.documents import Document, Kind, Row

if TYPE_CHECKING:
    import pyarrow as pa


def encode(document: Document, pages: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    # The import takes 50 MB of memory, so only processes that write Parquet load it.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    schema = _schema(document)
    sink = _Sink()
    with parquet.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        for page in pages:
            writer.write_table(pa.Table.from_pylist(list(page), schema=schema))
            yield sink.taken()
    yield sink.taken()


class _Sink(io.RawIOBase):
    """Buffers what was written until it is taken, and knows the position in the file."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._written

    def write(self, piece: object) -> int:
        content = bytes(piece)  # type: ignore[call-overload] # a buffer, which 3.11 cannot name
        self._pieces.append(content)
        self._written += len(content)
        return len(content)

    def taken(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def _schema(document: Document) -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415

    types = {
        Kind.TEXT: pa.string(),
        Kind.ID: pa.string(),
        Kind.TIME: pa.timestamp("ms", tz="UTC"),
        Kind.DATE: pa.date32(),
        Kind.WHOLE: pa.int64(),
        Kind.NUMBER: pa.float64(),
    }
    return pa.schema(
        [
            pa.field(column.name, types[column.kind], nullable=column.nullable)
            for column in document.columns
        ],
        metadata={"schema": document.schema},
    )
