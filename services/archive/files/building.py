"""Builds the two files of some rows on the local disk: their checks, and their failures."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from services.archive.files import objects
from services.archive.files.columns import Rows
from services.archive.files.digest import Digest, Failure, FailureDigest
from services.archive.files.encoding import CheckWriter, FailureWriter, ParquetFile
from services.archive.files.manifest import CHECKS, FAILURES, FileEntry

Naming = Callable[[str, str], str]
"""Returns the name of an object by its kind and its SHA-256."""


@dataclass(frozen=True, slots=True)
class Built:
    """A file on the local disk, and its entry in a manifest."""

    entry: FileEntry
    path: Path


class Builder:
    """Rows come in the order of a file. A kind without rows has no file."""

    def __init__(self, directory: Path) -> None:
        self._paths = {kind: directory / kind for kind in (CHECKS, FAILURES)}
        self._checks = CheckWriter(self._paths[CHECKS])
        self._failures = FailureWriter(self._paths[FAILURES])
        self._checks_digest = Digest()
        self._failures_digest = FailureDigest()
        self._organizations: dict[str, Counter[int]] = {CHECKS: Counter(), FAILURES: Counter()}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self._checks)
        self._open.enter_context(self._failures)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def add(self, rows: Rows) -> None:
        if not len(rows):
            return
        self._checks_digest.add(rows)
        found, counts = np.unique(rows["organization_id"], return_counts=True)
        counted = dict(zip(found.tolist(), counts.tolist(), strict=True))
        self._organizations[CHECKS].update(counted)
        self._checks.add(rows)

    def add_failures(self, failures: Sequence[Failure]) -> None:
        self._failures_digest.add(failures)
        self._organizations[FAILURES].update(each.organization_id for each in failures)
        self._failures.add(failures)

    def count(self, kind: str) -> int:
        return self._digest(kind).count

    @property
    def organizations(self) -> set[int]:
        return {*self._organizations[CHECKS], *self._organizations[FAILURES]}

    def content(self) -> tuple[ParquetFile, ParquetFile]:
        """Return the finished files of checks and of failures, to read them again."""
        checks, failures = (ParquetFile(self._paths[kind], kind) for kind in (CHECKS, FAILURES))
        return checks, failures

    def built(
        self, naming: Naming, *, shard: int, revision: int, only_for: int | None = None
    ) -> list[Built]:
        """Return the finished files."""
        return [
            self._built(kind, naming, shard, revision, only_for)
            for kind in (CHECKS, FAILURES)
            if self.count(kind)
        ]

    def _digest(self, kind: str) -> Digest | FailureDigest:
        return self._checks_digest if kind == CHECKS else self._failures_digest

    def _built(
        self, kind: str, naming: Naming, shard: int, revision: int, only_for: int | None
    ) -> Built:
        path, digest = self._paths[kind], self._digest(kind)
        sha256 = objects.sha256_of(path)
        entry = FileEntry(
            name=naming(kind, sha256),
            kind=kind,
            shard=shard,
            only_for=only_for,
            revision=revision,
            rows=digest.count,
            size_bytes=path.stat().st_size,
            sha256=sha256,
            digest=digest.text,
            organizations={
                str(organization_id): count
                for organization_id, count in sorted(self._organizations[kind].items())
            },
        )
        return Built(entry, path)


def content_problem(file: ParquetFile, entry: FileEntry) -> str | None:
    """Return how the rows of a file differ from its entry in a manifest; None if they do not."""
    digest: Digest | FailureDigest
    if entry.kind == CHECKS:
        digest = Digest()
        _feed(digest, file.each_check())
    else:
        digest = FailureDigest()
        for failures in file.each_failure():
            digest.add(failures)
    if (digest.count, digest.text) != (entry.rows, entry.digest):
        return f"{entry.name} has other rows than its manifest states."
    return None


def _feed(digest: Digest, pieces: Iterable[Rows]) -> None:
    for rows in pieces:
        digest.add(rows)
