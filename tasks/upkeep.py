"""Upkeep on q.maintenance: what is long over is forgotten, and former secrets when their time is."""

from datetime import datetime

import structlog

from config.settings import load
from models.session import database_now, session_scope
from security.vault import KeyRing, VaultError
from services.errors import Conflict
from services.heartbeats import tokens as ping_tokens
from services.operations import retention
from tasks.app import app

_MOST_BATCHES = 100
_TOKENS = 1000

log = structlog.get_logger(__name__)


@app.task(name="maintenance.upkeep", ignore_result=True)
def run() -> None:
    """Delete some rows at a time; what is left after many rounds is left to the next time."""
    with session_scope() as session:
        now = database_now(session)
        retention.forget_machine_secrets(session, now=now)
        retention.forget_heartbeat_secrets(session, now=now)
        channel_ids = retention.channels_with_expired_secrets(session, now=now)
        ping_tokens.forget_clear(session, now=now)
        organization_ids = ping_tokens.unsealed(session)
    if channel_ids or organization_ids:
        ring = KeyRing.from_settings(load())
        for channel_id in channel_ids:
            _forget_previous(channel_id, ring, now)
        for organization_id in organization_ids:
            _seal_ping_tokens(organization_id, ring, now)
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
        # They sign nothing any more; whoever gives the key back lets them be deleted.
        log.warning("expired_secrets_left", channel_id=channel_id)


def _seal_ping_tokens(organization_id: int, ring: KeyRing, now: datetime) -> None:
    try:
        for _ in range(_MOST_BATCHES):
            with session_scope() as session:
                if not ping_tokens.seal_some(
                    session, organization_id, ring=ring, now=now, limit=_TOKENS
                ):
                    return
    except VaultError:
        # They stay as they are; whoever gives the key back lets them be sealed.
        log.warning("ping_tokens_left", organization_id=organization_id)
