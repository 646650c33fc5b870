"""The archive on q.maintenance: sealing days of checks, and dropping them from the database.

One process works at a time, for some seconds. If it is killed, the next run takes up the work.
"""

import tempfile
import time
from pathlib import Path

import structlog

from config.settings import Settings, load
from models.session import engine
from services import locks
from services.archive import stores
from services.archive.catalogue import Lost
from services.archive.files.store import StoreError
from services.locks import Lock
from services.operations import archiving
from tasks.app import app

_SECONDS = 20.0
"""After so long, the other tasks of the queue have their turn."""

log = structlog.get_logger(__name__)


@app.task(name="maintenance.archive", ignore_result=True)
def work_on_archive() -> None:
    """Seal, verify, publish and drop some days of checks."""
    settings = load()
    if not stores.is_enabled(settings):
        return
    with locks.held(engine(), Lock.ARCHIVE) as is_free:
        if not is_free:
            return
        try:
            _work(settings)
        except Lost:
            log.info("archive_changed_meanwhile")
        except (StoreError, OSError) as error:
            log.error("archive_failed", problem=str(error))  # noqa: TRY400 - it has its text


def _work(settings: Settings) -> None:
    # It imports numpy and pyarrow, which only the process that archives pays for.
    from services.archive import work  # noqa: PLC0415

    limits = work.Limits(hot_days=settings.hot_days, kept_days=settings.check_retention_days)
    ends = time.monotonic() + _SECONDS
    with tempfile.TemporaryDirectory(prefix="downtime-archive-") as folder:
        archiver = archiving.archiver(settings, Path(folder))
        while time.monotonic() < ends and work.some(archiver, limits):
            pass
