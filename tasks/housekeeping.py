"""Housekeeping on q.housekeeping: tasks that may be late and are safe to repeat."""

from datetime import datetime

import structlog

from config.settings import load
from models.session import database_now, session_scope
from security.jwt.signing_keys import SigningKeys
from security.vault import KeyRing
from services import idempotency
from services.accounts import mails as account_mails
from services.accounts import one_time_links, refresh_tokens
from services.accounts import sessions as user_sessions
from services.accounts.login import history as login_history
from services.accounts.login import passkeys, throttle
from services.archive import stores
from services.audit import erasure
from services.closures import erasing
from services.errors import Conflict
from services.machines import client_authentication
from services.machines import tokens as machine_tokens
from services.operations import partitions, retention, signing_keys
from services.operators import factor_resets, suspensions
from services.organizations import invitations
from services.outbox import rate_limits
from services.sso import logins as sso_logins
from tasks.app import app

_BATCH = 1000
_MOST_BATCHES = 100
_MOST_STEPS = 500

log = structlog.get_logger(__name__)


@app.task(name="housekeeping.partitions", ignore_result=True)
def make_partitions() -> None:
    """Create the day partitions ahead, and drop the expired ones.

    Checks are dropped here only if there is no archive.
    """
    settings = load()
    keep_days = None if stores.is_enabled(settings) else settings.check_retention_days
    with session_scope() as session:
        now = database_now(session)
        partitions.ensure(session, now=now)
        partitions.drop_expired(session, now=now, keep_days=keep_days)


@app.task(name="housekeeping.tokens", ignore_result=True)
def forget_tokens() -> None:
    """Delete expired tokens, sessions, invitations, one-time links, mails and counters."""
    with session_scope() as session:
        now = database_now(session)
        refresh_tokens.purge(session, now=now)
        client_authentication.purge(session, now=now)
        machine_tokens.purge(session, now=now)
        invitations.purge(session, now=now)
        idempotency.forget(session, now=now)
        user_sessions.purge(session, now=now)
        one_time_links.purge(session, now=now)
        account_mails.purge(session, now=now)
        throttle.purge(session, now=now)
        sso_logins.purge(session, now=now)
        factor_resets.purge(session, now=now)
        passkeys.purge(session, now=now)
        login_history.purge(session, now=now)


@app.task(name="housekeeping.organizations", ignore_result=True)
def erase_organizations() -> None:
    """Erase accounts and organizations whose grace is over, some rows at a time."""
    for step in (erasing.erase_account, erasing.begin_organization, erasing.purge_some):
        for _ in range(_MOST_STEPS):
            with session_scope() as session:
                if not step(session, now=database_now(session)):
                    break


@app.task(name="housekeeping.suspensions", ignore_result=True)
def end_suspensions() -> None:
    """Warn the owners of suspended organizations, and delete those whose time is over."""
    for _ in range(_MOST_STEPS):
        with session_scope() as session:
            if not suspensions.sweep(session, now=database_now(session)):
                return


@app.task(name="housekeeping.signing_keys", ignore_result=True)
def advance_signing_keys() -> None:
    """Rotate the keys of access tokens. Without a key ring, only the settings' key is used."""
    settings = load()
    if not settings.keys.get_secret_value():
        return
    first = SigningKeys.of(settings.jwt_private_key.get_secret_value())
    ring = KeyRing.from_settings(settings)
    with session_scope() as session:
        signing_keys.advance(session, first, ring=ring, now=database_now(session))


@app.task(name="housekeeping.deliveries", ignore_result=True)
def forget_deliveries() -> None:
    """Delete old deliveries, some at a time, with unused rate limits and deleted channels."""
    with session_scope() as session:
        now = database_now(session)
        rate_limits.forget(session, now=now)
        retention.forget_channels(session, now=now)
    for _ in range(_MOST_BATCHES):
        with session_scope() as session:
            if retention.forget_deliveries(session, now=now, limit=_BATCH) < _BATCH:
                return


@app.task(name="housekeeping.retention", ignore_result=True)
def forget_what_is_over() -> None:
    """Delete rows past their retention and expired secrets, some at a time.

    The next run handles what is left after many rounds.
    """
    with session_scope() as session:
        now = database_now(session)
        retention.forget_machine_secrets(session, now=now)
        retention.forget_heartbeat_secrets(session, now=now)
        channel_ids = retention.channels_with_expired_secrets(session, now=now)
    if channel_ids:
        ring = KeyRing.from_settings(load())
        for channel_id in channel_ids:
            _forget_secret(channel_id, ring, now)
    for name in retention.RULES:
        _forget(name, now)


@app.task(name="housekeeping.audit_log", ignore_result=True)
def keep_audit_log() -> None:
    """Delete old entries, and erase the personal data in those of deleted organizations."""
    for step in (erasure.prune, erasure.erase_some_of_deleted):
        for _ in range(_MOST_BATCHES):
            with session_scope() as session:
                if not step(session, now=database_now(session)):
                    break
    with session_scope() as session:
        erasure.forget_heads(session)


def _forget(name: str, now: datetime) -> None:
    for _ in range(_MOST_BATCHES):
        with session_scope() as session:
            if not retention.forget(session, name, now=now):
                return


def _forget_secret(channel_id: int, ring: KeyRing, now: datetime) -> None:
    try:
        with session_scope() as session:
            retention.forget_channel_secret(session, channel_id, ring=ring, now=now)
    except Conflict:
        # They sign nothing any more; they are deleted once the key is back in the ring.
        log.warning("expired_secrets_left", channel_id=channel_id)
