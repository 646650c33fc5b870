"""Upkeep on q.maintenance: deletes old rows and expired secrets."""

from datetime import datetime

import structlog

from config.settings import load
from models.session import database_now, session_scope
from security.vault import KeyRing
from services.errors import Conflict
from services.operations import retention
from tasks.app import app

_MOST_BATCHES = 100

log = structlog.get_logger(__name__)


@app.task(name="maintenance.upkeep", ignore_result=True)
def run() -> None:
    """Delete some rows at a time; the next run handles what is left after many rounds."""
    with session_scope() as session:
        now = database_now(session)
        retention.forget_machine_secrets(session, now=now)
        retention.forget_heartbeat_secrets(session, now=now)
        channel_ids = retention.channels_with_expired_secrets(session, now=now)
    if channel_ids:
        ring = KeyRing.from_settings(load())
        for channel_id in channel_ids:
            _forget_previous(channel_id, ring, now)
    for name in retention.RULES:
        _forget(name, now)


def _forget(name: str, now: datetime) -> None:
    for _ in range(_MOST_BATCHES):
        with session_scope() as session:
            if not retention.forget(session, name, now=now):
                return


def _forget_previous(channel_id: int, ring: KeyRing, now: datetime) -> None:
    try:
        with session_scope() as session:
            retention.forget_channel_secret(session, channel_id, ring=ring, now=now)
    except Conflict:
        # They sign nothing any more; they are deleted once the key is back in the ring.
        log.warning("expired_secrets_left", channel_id=channel_id)
