"""The files open in other programs, as docs/operations/archive.md shows."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from services.archive.files.columns import Rows
from services.archive.files.encoding import CheckWriter
from services.archive.numbers import date_of
from tests.conftest import ROOT
from tests.services.archive import drawn

_DAY = date_of(drawn.DAY)
_MONITOR = 17


def examples() -> dict[str, str]:
    """Return the examples of the page, for the archive of this test."""
    page = (ROOT / "docs" / "operations" / "archive.md").read_text()
    section = page[page.index("## Open the files with other programs") :]
    found = re.findall(r"```(?:python|sql)\n(.*?)```", section, re.DOTALL)
    named = {
        name: text for text in found for name in ("pandas", "polars", "DuckDB") if name in text
    }
    return {name: text.replace("2026-11-29", str(_DAY)) for name, text in named.items()}


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Have an archive with a day in two shards as the working directory."""
    rows = drawn.draw(np.random.default_rng(1), _MONITOR, 4)
    folder = tmp_path / "days" / str(_DAY)
    folder.mkdir(parents=True)
    for shard, some in enumerate((rows[: len(rows) // 2], rows[len(rows) // 2 :])):
        with CheckWriter(folder / f"checks-{shard:02}-1-abc.parquet") as writer:
            writer.add(some)
    monkeypatch.chdir(tmp_path)
    return rows


def run(example: str) -> Any:  # noqa: ANN401 - whatever the program gives
    """Run the lines of an example; return the value of the last one."""
    *lines, last = example.strip().splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)  # noqa: S102 - our own page
    return eval(last.partition(" = ")[2] or last, names)  # noqa: S307 - our own page


def test_pandas_reads_the_checks_of_a_monitor(rows: Rows) -> None:
    found = run(examples()["pandas"])
    mine = rows[rows["monitor_id"] == _MONITOR]
    assert len(found) == len(mine) == drawn.MINUTES
    assert found["total_us"].sum() == mine["total_us"].sum()


def test_polars_finds_the_failed_checks(rows: Rows) -> None:
    found = run(examples()["polars"])
    assert len(found) == (rows["outcome"] == 2).sum() > 0
    assert set(found["http_status"]) == {500}


def test_duckdb_computes_percentiles_of_each_monitor(rows: Rows) -> None:
    import duckdb  # noqa: PLC0415 - collecting the tests must not load it

    query = examples()["DuckDB"].replace("2026-11-*", f"{_DAY}")
    relation = duckdb.sql(query)
    assert relation is not None
    found = dict(relation.fetchall())
    passed = rows[np.isin(rows["outcome"], (0, 1))]
    assert found == {
        monitor: pytest.approx(
            np.percentile(passed["total_us"][passed["monitor_id"] == monitor], 95) / 1000
        )
        for monitor in range(_MONITOR, _MONITOR + 4)
    }
