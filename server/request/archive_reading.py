"""Repeats a request after the archive was read, which happens while no transaction is open.

A process reads for few requests at once, so an object store that stands still cannot hold all of
its threads. After a failure, requests fail at once for a while.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import BoundedSemaphore
from typing import TypeVar

import structlog

from server.resources import archived, resources, searched
from services.archive import stores
from services.archive.files.store import NotStored, StoreError
from services.archive.rows.reading import NeedsArchive
from services.archive.rows.searching import NeedsArchiveSearch
from services.errors import TooMany

MOST_AT_ONCE = 2
_MOST_ROUNDS = 8
_TIMEOUT_SECONDS = 3
_REST_SECONDS = 10.0
_AGAIN_AFTER = timedelta(seconds=5)

Answer = TypeVar("Answer")

log = structlog.get_logger(__name__)


class ArchiveUnavailable(StoreError):
    """The archive could not be read; the same request may succeed later."""


class Readers:
    """The requests that read the archive at this moment, and when it failed last."""

    def __init__(self, most: int) -> None:
        self._places = BoundedSemaphore(most)
        self._failed_at = float("-inf")

    @contextmanager
    def place(self, *, now: float) -> Iterator[None]:
        """Hold a place; `now` is in seconds of any clock. Raise `TooMany` if all are taken, `ArchiveUnavailable` after a failure."""
        if now - self._failed_at < _REST_SECONDS:
            raise ArchiveUnavailable("The archive of checks cannot be read at the moment.")
        if not self._places.acquire(blocking=False):
            raise TooMany(
                "Other requests are reading the archive. Try again in a moment.",
                retry_after=_AGAIN_AFTER,
            )
        try:
            yield
        except StoreError as error:
            self._failed_at = now
            log.error("archive_unreadable", problem=str(error))  # noqa: TRY400 - it has its text
            raise ArchiveUnavailable("The archive of checks cannot be read.") from error
        finally:
            self._places.release()


_readers = Readers(MOST_AT_ONCE)


def served(serve: Callable[[], Answer]) -> Answer:
    """Serve in a transaction of its own, and repeat as often as the archive is needed.

    Each repetition checks everything again, including permissions.
    """
    for _ in range(_MOST_ROUNDS):
        try:
            return serve()
        except NeedsArchive as needed:
            _read(needed)
    raise ArchiveUnavailable("The archive changed too often while it was read.")


def _read(needed: NeedsArchive) -> None:
    # It imports pyarrow, which only processes that read the archive pay for.
    from services.archive.rows import lookup, scanning  # noqa: PLC0415

    with _readers.place(now=time.monotonic()):
        store = stores.of(resources().settings, timeout_seconds=_TIMEOUT_SECONDS)
        for wanted in needed.wanted:
            # A file that was replaced meanwhile is not wanted again by the repetition.
            with suppress(NotStored):
                archived()[wanted] = lookup.checks_of(store, wanted)
        if isinstance(needed, NeedsArchiveSearch):
            with suppress(NotStored):
                searched()[needed.search] = scanning.search(store, needed.search)
