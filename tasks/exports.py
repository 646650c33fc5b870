"""Exports on q.exports: a message makes one part and enqueues the next, so exports take turns."""

import structlog
from kombu.exceptions import OperationalError
from redis import RedisError

from models.session import database_now, session_scope
from services.archive.files.store import StoreError
from services.exports import contents as export_contents
from services.exports import worker as export_worker
from services.exports.jwe import Unsealable
from services.exports.worker import Claim, PartClaim, Stopped
from tasks import export_parts
from tasks.app import app
from tasks.hints import publish_committed
from tasks.worker.redis_client import redis_client

_MOST_HANDED_OVER = 100
_CHUNKS_AT_ONCE = 200
_MOST_BATCHES = 100

log = structlog.get_logger(__name__)


@app.task(name="exports.run", ignore_result=True)
def run(export_id: int, claim_number: int) -> None:
    """Make the next part. If the process is killed, it is made again after its lease ends."""
    with session_scope() as session:
        now = database_now(session)
        claim = export_worker.begin(session, PartClaim(export_id, claim_number), now=now)
    publish_committed(session)
    if claim is not None and _make(claim):
        hand_over(PartClaim(export_id, claim.number))


@app.task(name="exports.sweep", ignore_result=True, send_events=False)
def sweep() -> None:
    """Enqueue exports again that no worker holds."""
    with session_scope() as session:
        now = database_now(session)
        stranded = export_worker.stranded(session, now=now, limit=_MOST_HANDED_OVER)
    for turn in stranded:
        hand_over(turn)


@app.task(name="exports.forget", ignore_result=True)
def forget() -> None:
    """Delete expired and unwanted exports, some chunks at a time."""
    with session_scope() as session:
        export_contents.expire(session, now=database_now(session))
    for _ in range(_MOST_BATCHES):
        with session_scope() as session:
            if export_contents.clear(session, limit=_CHUNKS_AT_ONCE) < _CHUNKS_AT_ONCE:
                return


def hand_over(turn: PartClaim) -> None:
    """Enqueue an export for the workers; if that fails, the sweep does it later."""
    try:
        # Without Redis, Celery would retry for six seconds while a user waits.
        redis_client().ping()
        run.apply_async(tuple(turn))
    except (OperationalError, RedisError) as error:
        log.warning("redis_gone", error=type(error).__name__)


def _make(claim: Claim) -> bool:
    """Make the claimed part; return whether there is another one."""
    try:
        made = export_parts.make(claim, session_scope)
        with session_scope() as session:
            now = database_now(session)
            more = export_worker.finish_part(session, claim, made, now=now)
        publish_committed(session)
    except Stopped:
        log.info("export_stopped", export=claim.place.export_id, part=claim.place.part)
    except StoreError as error:
        # The part is made again when its lease ends, and the export fails after some times.
        log.error("archive_unreadable", problem=str(error))  # noqa: TRY400 - it has its text
    except Unsealable as error:
        with session_scope() as session:
            export_worker.fail(session, claim, str(error), now=database_now(session))
        publish_committed(session)
    else:
        return more
    return False
