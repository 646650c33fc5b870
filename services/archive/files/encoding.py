"""Parquet as the archive writes it: half the size of the defaults of pyarrow.

The encodings follow from measurements (docs/development/adr/0037-archive.md): a dictionary only
for columns with few values, differences for slots, and split byte streams for durations.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from models.types import OUTCOME_CODES
from services.archive.files import columns
from services.archive.files.columns import CHECK, NAMES, Rows
from services.archive.files.digest import Failure
from services.archive.files.store import ArchiveFileError, StoreError
from services.archive.schemas import CHECKS_SCHEMA, FAILURES_SCHEMA

ROWS_OF_GROUP = 65_536
FAILURES_OF_GROUP = 2_000
"""Evidence has up to some kilobytes, so fewer rows are in memory at once."""

_DICTIONARY = ["monitor_id", "organization_id", "region_id", "outcome", "cause", "http_status"]
_ENCODINGS = {
    "slot": "DELTA_BINARY_PACKED",
    "total_us": "BYTE_STREAM_SPLIT",
    "dns_ms": "BYTE_STREAM_SPLIT",
    "connect_ms": "BYTE_STREAM_SPLIT",
    "tls_ms": "BYTE_STREAM_SPLIT",
    "first_byte_ms": "BYTE_STREAM_SPLIT",
    "lateness": "BYTE_STREAM_SPLIT",
}
_COMPRESSION = {"compression": "zstd", "compression_level": 3}
_INDEXED = ["organization_id", "monitor_id", "slot"]
_TYPES = {1: pa.int8(), 2: pa.int16(), 4: pa.int32()}


def _metadata(schema: str) -> Mapping[str, str]:
    outcomes = {str(code): outcome.value for outcome, code in OUTCOME_CODES.items()}
    return {"schema": schema, "outcomes": json.dumps(outcomes)}


_CHECKS = pa.schema(
    [pa.field(name, _TYPES[CHECK[name].itemsize], nullable=False) for name in NAMES]
)
_FAILURES = pa.schema(
    [
        pa.field("monitor_id", pa.int32(), nullable=False),
        pa.field("slot", pa.int32(), nullable=False),
        pa.field("region_id", pa.int16(), nullable=False),
        pa.field("organization_id", pa.int32(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("evidence", pa.string()),
    ]
)


class _Writer:
    """Writes a file below its name, and completes it when the block succeeds."""

    def __init__(self, path: Path, schema: pa.Schema, name: str, **options: object) -> None:
        self._schema = schema
        self._writer = parquet.ParquetWriter(
            path,
            schema,
            write_statistics=_INDEXED,
            write_page_checksum=True,
            store_schema=False,
            **_COMPRESSION,
            **options,
        )
        self._writer.add_key_value_metadata(_metadata(name))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def _write(self, arrays: Sequence[Any]) -> None:
        batch = pa.record_batch(arrays, schema=self._schema)
        self._writer.write_batch(batch, row_group_size=max(1, batch.num_rows))


class CheckWriter(_Writer):
    """Writes checks, which come in the order of a file; full row groups but for the last."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            _CHECKS,
            CHECKS_SCHEMA,
            use_dictionary=_DICTIONARY,
            column_encoding=dict(_ENCODINGS),
        )
        self._waiting: list[Rows] = []
        self._count = 0

    def add(self, rows: Rows) -> None:
        self._waiting.append(rows)
        self._count += len(rows)
        while self._count >= ROWS_OF_GROUP:
            self._flush(ROWS_OF_GROUP)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None and self._count:
            self._flush(self._count)
        super().__exit__(kind, error, trace)

    def _flush(self, count: int) -> None:
        rows = np.concatenate(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        group, rest = rows[:count], rows[count:]
        self._waiting, self._count = ([rest] if len(rest) else []), len(rest)
        self._write([pa.array(np.ascontiguousarray(group[name])) for name in NAMES])


class FailureWriter(_Writer):
    """Writes failures in the order of a file, a row group for each call at most."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _FAILURES, FAILURES_SCHEMA, use_dictionary=["region_id", "detail"])

    def add(self, failures: Sequence[Failure]) -> None:
        if failures:
            fields = zip(*failures, strict=True)
            types = (field.type for field in _FAILURES)
            self._write([pa.array(each, kind) for each, kind in zip(fields, types, strict=True)])


class ParquetFile:
    """A file of the archive, of which only the needed row groups are read."""

    def __init__(
        self,
        source: IO[bytes] | pa.BufferReader | Path,
        name: str,
        *,
        footer: parquet.FileMetaData | None = None,
    ) -> None:
        """Read the footer, unless the caller knows it. Raise `ArchiveFileError`."""
        self._name = name
        try:
            self._file = parquet.ParquetFile(
                source, metadata=footer, page_checksum_verification=True, pre_buffer=True
            )
        except StoreError:
            raise
        except (pa.ArrowException, ValueError, OSError) as error:
            raise ArchiveFileError(f"{name} is no Parquet file: {_short(error)}") from error
        found = (self._file.metadata.metadata or {}).get(b"schema", b"").decode()
        if found not in (CHECKS_SCHEMA, FAILURES_SCHEMA):
            raise ArchiveFileError(
                f"{name} has the schema {found or 'of another program'}, which this version does"
                " not know."
            )

    @property
    def footer(self) -> parquet.FileMetaData:
        return self._file.metadata

    @property
    def groups(self) -> int:
        return int(self._file.metadata.num_row_groups)

    def groups_of(self, column: str, low: int, high: int) -> list[int]:
        """Return the row groups that may have values of a column in [low, high]."""
        number = self._file.schema_arrow.get_field_index(column)
        found = []
        for group in range(self.groups):
            known = self._file.metadata.row_group(group).column(number).statistics
            if known is None or not (known.max < low or known.min > high):
                found.append(group)
        return found

    def bounds(self, group: int, column: str) -> tuple[int, int]:
        """Return the least and the greatest value of an indexed column in a row group."""
        number = self._file.schema_arrow.get_field_index(column)
        known = self._file.metadata.row_group(group).column(number).statistics
        return (known.min, known.max) if known is not None else (0, 2**31 - 1)

    def rows_of(self, groups: Sequence[int]) -> int:
        return sum(self._file.metadata.row_group(group).num_rows for group in groups)

    def checks(self, groups: Sequence[int]) -> Rows:
        """Return the checks of these row groups."""
        table = self._read(groups)
        rows = np.empty(table.num_rows, dtype=CHECK)
        for name in NAMES:
            rows[name] = table.column(name).to_numpy()
        return rows

    def failures(self, groups: Sequence[int]) -> list[Failure]:
        """Return the failures of these row groups."""
        table = self._read(groups)
        names = Failure._fields
        return list(
            map(Failure._make, zip(*(table.column(n).to_pylist() for n in names), strict=True))
        )

    def words(self, groups: Sequence[int]) -> list[Failure]:
        """Return the failures of these row groups without their evidence, which is most of them."""
        names = Failure._fields[:-1]
        table = self._read(groups, names)
        values = zip(*(table.column(name).to_pylist() for name in names), strict=True)
        return [Failure._make((*each, None)) for each in values]

    def each_check(self) -> Iterator[Rows]:
        for group in range(self.groups):
            yield self.checks([group])

    def each_failure(self) -> Iterator[list[Failure]]:
        for group in range(self.groups):
            yield self.failures([group])

    def _read(self, groups: Sequence[int], names: Sequence[str] | None = None) -> pa.Table:
        wanted = None if names is None else list(names)
        try:
            return self._file.read_row_groups(list(groups), wanted, use_threads=False)
        except StoreError:
            raise
        except (pa.ArrowException, ValueError, OSError) as error:
            raise ArchiveFileError(f"{self._name} is damaged: {_short(error)}") from error


def of_monitor(file: ParquetFile, monitor_id: int, low: int, high: int) -> Rows:
    """Return the checks of a monitor with slots in [low, high)."""
    groups = _groups(file, monitor_id, low, high)
    if not groups:
        return columns.empty()
    rows = file.checks(groups)
    is_wanted = (rows["monitor_id"] == monitor_id) & (rows["slot"] >= low) & (rows["slot"] < high)
    found: Rows = rows[is_wanted]
    return found


def failures_of_monitor(file: ParquetFile, monitor_id: int, low: int, high: int) -> list[Failure]:
    """Return the failures of a monitor with slots in [low, high)."""
    groups = _groups(file, monitor_id, low, high)
    if not groups:
        return []
    return [
        each
        for each in file.failures(groups)
        if each.monitor_id == monitor_id and low <= each.slot < high
    ]


def _groups(file: ParquetFile, monitor_id: int, low: int, high: int) -> list[int]:
    """Return the row groups that may have rows of a monitor with slots in [low, high)."""
    in_time = set(file.groups_of("slot", low, high - 1))
    return [
        each for each in file.groups_of("monitor_id", monitor_id, monitor_id) if each in in_time
    ]


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
