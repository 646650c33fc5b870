"""Send the mails of accounts. Celery only wakes: what is due, the database says."""

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
"""For how long one message keeps a thread that alerts could use."""

# One of the threads of a worker is enough, and a mail server that hangs takes no other.
_turn = Lock()

log = structlog.get_logger(__name__)


@app.task(name="accounts.sweep")
def sweep() -> None:
    """Send what is due, one after the other, until nothing is or the mail server fails."""
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
    """Claim, send and mark one mail; tell whether to go on.

    Killed at any point it leaves a row that is due again, at the latest when its lease ends.
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
    except Exception as error:  # noqa: BLE001 - a bug of ours must not keep others from their mails
        # Where it happened, but not its words: those may hold the address.
        steps = traceback.extract_tb(error.__traceback__)
        places = [f"{step.filename}:{step.lineno}" for step in steps]
        log.error("account_mail_broken", error=type(error).__name__, places=places)  # noqa: TRY400 - no words
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
