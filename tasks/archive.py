"""The archive on q.housekeeping: sealing days of checks, and dropping them from the database.

One process works at a time, for some seconds. If it is killed, the next run takes up the work.
"""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import structlog

from config.settings import Settings, load
from models.session import engine
from services import locks
from services.archive import pending, stores
from services.archive.archiver import Archiver
from services.archive.catalogue import Lost
from services.archive.files.store import StoreError
from services.archive.pending import Limits
from services.archive.upkeep import orphans
from services.locks import Lock
from services.operations import signing_keys
from tasks.app import app

_SECONDS = 20.0
"""After so long, the other tasks of the queue have their turn."""

log = structlog.get_logger(__name__)


@app.task(name="housekeeping.archive", ignore_result=True)
def work_on_archive() -> None:
    """Seal, verify, publish and drop some days of checks."""
    _alone(_work)


@app.task(name="housekeeping.archive_sweep", ignore_result=True)
def sweep_archive() -> None:
    """Delete the objects of killed attempts, and replaced files."""
    _alone(_sweep)


def _alone(act: Callable[[Archiver, Settings], None]) -> None:
    """Act while no other process works on the archive. Failures are logged; the next run repeats."""
    settings = load()
    if not stores.is_enabled(settings):
        return
    with locks.held(engine(), Lock.ARCHIVE) as is_free:
        if not is_free:
            return
        try:
            with tempfile.TemporaryDirectory(prefix="downtime-archive-") as folder:
                keys = partial(signing_keys.of_settings, settings=settings)
                act(stores.archiver(settings, Path(folder), keys), settings)
        except Lost:
            log.info("archive_changed_meanwhile")
        except (StoreError, OSError) as error:
            log.error("archive_failed", problem=str(error))  # noqa: TRY400 - it has its text


def _work(archiver: Archiver, settings: Settings) -> None:
    limits = Limits(hot_days=settings.hot_days, kept_days=settings.check_retention_days)
    with archiver.transaction() as session:
        if not pending.is_any(session, limits):
            return
    # It imports numpy and pyarrow, which only a process that archives something pays for.
    from services.archive import work  # noqa: PLC0415

    ends = time.monotonic() + _SECONDS
    while time.monotonic() < ends and work.some(archiver, limits):
        pass


def _sweep(archiver: Archiver, _: Settings) -> None:
    orphans.sweep(archiver)
