"""Makes the files of one month, organization by organization, and stores each at once."""

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from services.archive import catalogue
from services.archive.archiver import Archiver
from services.archive.files import names, objects
from services.archive.files.building import Builder
from services.archive.files.columns import Rows
from services.archive.files.digest import Failure
from services.archive.files.manifest import FileEntry

_FAILURES_AT_ONCE = 1_000


class MonthFiles:
    """Rows come ordered by organization. `made` has the entries of the files that are stored."""

    def __init__(
        self, archiver: Archiver, folder: Path, month: date, *, shard: int, revision: int
    ) -> None:
        self._archiver = archiver
        self._folder = folder
        self._month = month
        self._shard, self._revision = shard, revision
        self._organization_id: int | None = None
        self._builder: Builder | None = None
        self._waiting: list[Failure] = []
        self._open = ExitStack()
        self.made: list[FileEntry] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._store()
        else:
            self._open.__exit__(kind, error, trace)

    def add(self, organization_id: int, rows: Rows) -> None:
        self._of(organization_id).add(rows)

    def add_failure(self, failure: Failure) -> None:
        builder = self._of(failure.organization_id)
        self._waiting.append(failure)
        if len(self._waiting) == _FAILURES_AT_ONCE:
            builder.add_failures(self._waiting)
            self._waiting = []

    def _of(self, organization_id: int) -> Builder:
        if self._builder is None or self._organization_id != organization_id:
            self._store()
            self._organization_id = organization_id
            self._builder = self._open.enter_context(Builder(self._folder))
        return self._builder

    def _store(self) -> None:
        """Finish the files of an organization and store them."""
        builder, self._builder = self._builder, None
        if builder is None or self._organization_id is None:
            return
        if self._waiting:
            builder.add_failures(self._waiting)
            self._waiting = []
        self._open.close()
        naming = partial(_name, self._month, self._organization_id)
        built = builder.built(
            partial(naming, self._revision),
            shard=self._shard,
            revision=self._revision,
            only_for=self._organization_id,
        )
        entries: Sequence[FileEntry] = [each.entry for each in built]
        with self._archiver.transaction() as session:
            catalogue.add_files(session, entries, *names.month_of(self._month))
        for each in built:
            objects.create(self._archiver.store, each.entry.name, each.path)
        self.made += entries


def _name(month: date, organization_id: int, revision: int, kind: str, sha256: str) -> str:
    return names.of_month(kind, month, organization_id, revision, sha256)
