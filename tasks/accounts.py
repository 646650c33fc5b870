"""Sends account mails. Celery only wakes this worker; the database knows which mails are due."""

import random
import time
import traceback
from functools import cache
from threading import Lock

import structlog

from config.settings import load
from domain.alerting.account_event import AccountMailContent
from models.session import database_now, session_scope
from notifiers.base import NotifierError
from notifiers.email.account_mail import AccountMailer
from security.links import Links
from services.accounts import mails as account_mails
from services.accounts.mails import ClaimedMail
from tasks.app import app

_LONGEST_SECONDS = 30.0
"""The longest time that one message occupies a thread that alerts could use."""

# One thread per worker is enough; a mail server that hangs then blocks no other.
_turn = Lock()

log = structlog.get_logger(__name__)


@app.task(name="accounts.sweep")
def sweep() -> None:
    """Send due mails one after the other until none is left or the mail server fails."""
    if not _turn.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + _LONGEST_SECONDS
        while time.monotonic() < until and relay(mailer()):
            pass
    finally:
        _turn.release()


@cache
def mailer() -> AccountMailer:
    return AccountMailer.from_settings(load())


@cache
def links() -> Links:
    return Links.from_settings(load())


def relay(sender: AccountMailer) -> bool:
    """Claim, send and mark one mail; return whether to continue.

    If the process is killed at any point, the row is due again when its lease ends at the latest.
    """
    with session_scope() as session:
        now = database_now(session)
        claimed = account_mails.claim(session, links=links(), now=now)
    if claimed is None:
        return False
    error = _attempt(sender, claimed.content)
    with session_scope() as session:
        now = database_now(session)
        if error is None:
            account_mails.mark_sent(session, claimed, now=now)
            return True
        chance = random.random()  # noqa: S311 - it spreads load and guards nothing
        account_mails.mark_failed(
            session, claimed, str(error), is_final=error.permanent, now=now, chance=chance
        )
    _notify(claimed, error)
    return error.permanent


def _attempt(sender: AccountMailer, content: AccountMailContent) -> NotifierError | None:
    try:
        sender.send(content)
    except NotifierError as error:
        return error
    except Exception as error:  # noqa: BLE001 - an internal error must not delay other mails
        # The places, but not the message: it may contain the address.
        steps = traceback.extract_tb(error.__traceback__)
        places = [f"{step.filename}:{step.lineno}" for step in steps]
        log.error("account_mail_broken", error=type(error).__name__, places=places)  # noqa: TRY400 - see above
        return NotifierError("This service had an error of its own.")
    return None


def _notify(claimed: ClaimedMail, error: NotifierError) -> None:
    log.warning(
        "account_mail_refused",
        mail=claimed.id,
        attempt=claimed.attempt,
        dedup_key=claimed.content.event,
        permanent=error.permanent,
    )
