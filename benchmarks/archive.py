"""The archive: bytes for each check, rows in a second of CPU, memory, and how fast a page is read."""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from services.archive.files.digest import Digest
from services.archive.files.encoding import CheckWriter, ParquetFile
from services.archive.files.manifest import CHECKS
from services.archive.files.store import Store, connect
from services.archive.rows import lookup
from services.archive.rows.reading import FileName, Wanted
from tests.services.archive.drawn import DAY, draw

_PAGE_SECONDS = 200 * 60
_MONITORS_AT_ONCE = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--monitors", type=int, default=6250, help="of one shard")
    parser.add_argument("--pages", type=int, default=200)
    arguments = parser.parse_args()
    random = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "shard.parquet")
        _encode(random, path, arguments.monitors)
        _verify(path)
        store = connect(Path(folder, "archive").as_uri())
        store.create("shard.parquet", path)
        _pages(random, store, path.stat().st_size, arguments.monitors, arguments.pages)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"memory at most: {peak:.0f} MB")


def _encode(random: np.random.Generator, path: Path, monitors: int) -> None:
    count, cpu = 0, 0.0
    with CheckWriter(path) as writer:
        for first in range(1, monitors + 1, _MONITORS_AT_ONCE):
            rows = draw(random, first, min(_MONITORS_AT_ONCE, monitors + 1 - first))
            began = time.process_time()
            writer.add(rows)
            cpu += time.process_time() - began
            count += len(rows)
    print(f"{count:,} checks of {monitors:,} monitors")
    print(f"bytes for each check: {path.stat().st_size / count:.2f}")
    print(f"encoded: {count / cpu / 1e6:.1f} M checks in a second of CPU")


def _verify(path: Path) -> None:
    digest, began = Digest(), time.process_time()
    for rows in ParquetFile(path, "shard").each_check():
        digest.add(rows)
    rate = digest.count / (time.process_time() - began) / 1e6
    print(f"read back with their digest: {rate:.1f} M checks in a second of CPU")


def _pages(random: np.random.Generator, store: Store, size: int, monitors: int, pages: int) -> None:
    took, cpu = [], time.process_time()
    for monitor_id in random.integers(1, monitors + 1, pages).tolist():
        wanted = Wanted(
            organization_id=16,
            monitor_id=monitor_id,
            low=DAY,
            high=DAY + _PAGE_SECONDS,
            files=(FileName(CHECKS, "shard.parquet", size, 1),),
        )
        began = time.perf_counter()
        found = lookup.checks_of(store, wanted)
        took.append((time.perf_counter() - began) * 1000)
        assert len(found) == _PAGE_SECONDS // 60
    of_page = (time.process_time() - cpu) * 1000 / pages
    p50, p95 = np.percentile(took, [50, 95])
    print(f"a page of 200 checks: p50 {p50:.0f} ms, p95 {p95:.0f} ms, CPU {of_page:.1f} ms")


if __name__ == "__main__":
    main()
