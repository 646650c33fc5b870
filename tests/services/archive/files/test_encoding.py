"""Files have every row, in few bytes, and say so if they are damaged."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from services.archive.files import columns, digest, encoding
from services.archive.files.columns import CHECK, NAMES, Rows
from services.archive.files.digest import Digest, Failure, FailureDigest
from services.archive.files.encoding import CheckWriter, FailureWriter, ParquetFile
from services.archive.files.store import ArchiveFileError
from tests.services.archive import drawn

MOST_BYTES = 7.0
"""The target for an archived check, with its lateness."""


def draw(monitors: int) -> Rows:
    return drawn.draw(np.random.default_rng(1), 1, monitors)


def written(rows: Rows, path: Path) -> ParquetFile:
    with CheckWriter(path) as writer:
        for start in range(0, len(rows), 50_000):
            writer.add(rows[start : start + 50_000])
    return ParquetFile(path, "checks")


def test_a_check_takes_at_most_seven_bytes_and_far_more_with_the_defaults(tmp_path: Path) -> None:
    rows = draw(150)
    written(rows, tmp_path / "tuned")
    table = pa.table({name: rows[name] for name in NAMES})
    parquet.write_table(table, tmp_path / "defaults")
    tuned, defaults = ((tmp_path / each).stat().st_size for each in ("tuned", "defaults"))
    assert tuned / len(rows) <= MOST_BYTES < defaults / len(rows)


def test_what_is_written_is_read_with_the_extremes_of_each_column(tmp_path: Path) -> None:
    rows = np.zeros(2, dtype=CHECK)
    for name in NAMES:
        limits = np.iinfo(CHECK[name])
        rows[name] = [limits.min, limits.max]
    file = written(rows, tmp_path / "x")
    (found,) = file.each_check()
    assert found.tolist() == rows.tolist()
    assert digest.of_rows(found) == digest.of_rows(rows)


def test_only_the_groups_of_a_monitor_are_read(tmp_path: Path) -> None:
    rows = draw(100)
    file = written(rows, tmp_path / "x")
    assert file.groups == 3
    assert len(file.groups_of("monitor_id", 3, 3)) == 1
    mine = encoding.of_monitor(file, 77, 1_588_291_200 + 3600, 1_588_291_200 + 7200)
    assert len(mine) == 60
    assert set(mine["monitor_id"].tolist()) == {77}
    assert len(encoding.of_monitor(file, 101, 0, 2**31 - 1)) == 0


def test_a_digest_depends_on_each_column_and_not_on_the_order() -> None:
    rows = draw(2)
    before = digest.of_rows(rows)
    assert digest.of_rows(rows[::-1]) == before
    for name in NAMES:
        changed = rows.copy()
        changed[name][7] ^= 1
        assert digest.of_rows(changed) != before, name
    doubled = Digest()
    doubled.add(rows)
    doubled.add(rows[:1])
    assert doubled.text != before


def test_failures_keep_their_words_and_evidence(tmp_path: Path) -> None:
    failures = [
        Failure(1, 60, 1, 16, "Answered 500.", '{"body": "é"}'),
        Failure(1, 120, 1, 16, "", None),
        Failure(2, 60, 2, 16, "\U0001f600 zu spät", None),
    ]
    with FailureWriter(tmp_path / "x") as writer:
        writer.add(failures[:2])
        writer.add([])
        writer.add(failures[2:])
    file = ParquetFile(tmp_path / "x", "failures")
    assert [each for page in file.each_failure() for each in page] == failures
    found = encoding.failures_of_monitor(file, 1, 61, 121)
    assert found == failures[1:2]
    forward, backward = FailureDigest(), FailureDigest()
    forward.add(failures)
    backward.add(failures[::-1])
    assert forward.text == backward.text


def test_of_several_revisions_a_known_result_wins_and_then_the_first() -> None:
    first, second = np.zeros(3, dtype=CHECK), np.zeros(2, dtype=CHECK)
    first["slot"], first["outcome"] = [1, 2, 3], [0, columns.UNKNOWN, columns.UNKNOWN]
    second["slot"], second["outcome"], second["total_us"] = [1, 2], [2, 0], 5
    found = columns.merged([first, second])
    assert found["slot"].tolist() == [1, 2, 3]
    assert found["outcome"].tolist() == [0, 0, columns.UNKNOWN]
    assert found["total_us"].tolist() == [0, 5, 0]
    assert len(columns.merged([])) == 0


@pytest.mark.parametrize("place", [4, 2000, -6])
def test_a_damaged_file_says_so(tmp_path: Path, place: int) -> None:
    path = tmp_path / "x"
    written(draw(3), path)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveFileError, match="x is"):
        list(ParquetFile(path, "x").each_check())


def test_a_file_of_a_newer_schema_is_refused_by_name(tmp_path: Path) -> None:
    table = pa.table({"a": [1]}).replace_schema_metadata({"schema": "archive.checks.v9"})
    parquet.write_table(table, tmp_path / "x")
    with pytest.raises(ArchiveFileError, match=r"archive\.checks\.v9"):
        ParquetFile(tmp_path / "x", "x")
