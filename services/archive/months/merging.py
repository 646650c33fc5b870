"""Merges files of many days into the order of one file, some rows at a time.

Each file has the order of organizations, monitors and slots. So whole monitors can be taken from
all files at once, and only a row group of each file is in memory.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from services.archive.files import columns
from services.archive.files.columns import Rows
from services.archive.files.digest import Failure

_Run = tuple[int, int]
"""An organization and a monitor, which has one run of rows in each file."""


class Merged(NamedTuple):
    """Rows of whole monitors in the order of a file, and those that were replaced by others."""

    kept: Rows
    replaced: Rows


def checks(files: Sequence[Iterable[Rows]]) -> Iterator[Merged]:
    """Yield the rows of all files, each key once. Earlier revisions of a day come before later."""
    cursors = [_Cursor(iter(pieces)) for pieces in files]
    while True:
        for each in cursors:
            if not len(each.rows):
                each.fill()
        ends = [each.last for each in cursors if not each.is_done]
        if not ends:
            yield from _merged([each.rows for each in cursors])
            return
        # The run at which the first of the files ends may go on in its next piece.
        limit = min(ends)
        for each in cursors:
            if not each.is_done and each.last == limit:
                each.fill()
        yield from _merged([each.taken(limit) for each in cursors])


def failures(
    files: Sequence[Iterable[Sequence[Failure]]],
) -> Iterator[tuple[Failure, Sequence[Failure]]]:
    """Yield each failure in the order of a file, and the others of its key, which it replaces.

    Of equal keys, that of the last file counts.
    """
    merged = heapq.merge(*(_each(pages) for pages in files), key=_place)
    for _, same in groupby(merged, key=_place):
        found = list(same)
        yield found[-1], found[:-1]


class _Cursor:
    """The rows of a file that were read and not taken yet."""

    def __init__(self, pieces: Iterator[Rows]) -> None:
        self._pieces = pieces
        self.rows = columns.empty()
        self.is_done = False

    def fill(self) -> None:
        """Read a row group more, which has at least one row."""
        piece = next((each for each in self._pieces if len(each)), None)
        if piece is None:
            self.is_done = True
        else:
            self.rows = np.concatenate([self.rows, piece]) if len(self.rows) else piece

    @property
    def last(self) -> _Run:
        return int(self.rows["organization_id"][-1]), int(self.rows["monitor_id"][-1])

    def taken(self, limit: _Run) -> Rows:
        """Take the rows before a run."""
        organization, monitor = self.rows["organization_id"], self.rows["monitor_id"]
        count = int(np.searchsorted(organization, limit[0], side="left"))
        end = int(np.searchsorted(organization, limit[0], side="right"))
        count += int(np.searchsorted(monitor[count:end], limit[1], side="left"))
        rows, self.rows = self.rows[:count], self.rows[count:]
        return rows


def _merged(parts: Sequence[Rows]) -> Iterator[Merged]:
    if any(len(part) for part in parts):
        yield Merged(*columns.divided(parts))


def _each(pages: Iterable[Sequence[Failure]]) -> Iterator[Failure]:
    for page in pages:
        yield from page


def _place(failure: Failure) -> tuple[int, int, int, int]:
    return (failure.organization_id, *failure[:3])
