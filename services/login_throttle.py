"""Failed logins: who guesses has to wait, longer each time, and the owner of the account hears of it.

Counted by account, whether or not there is one, and by the network that asks. Nobody is locked out:
a wait ends by itself, and a new password by mail ends that of the account.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import case, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.account_event import AccountEvent
from domain.login_throttle import FORGOTTEN_AFTER, OF_ACCOUNT, OF_NETWORK, wait
from models import LoginFailure
from services import account_mails
from services.errors import TooMany


def check(session: Session, email: str | None, network: str, *, now: datetime) -> None:
    """Raise `TooMany` while the next try has to wait; without an account, for the network alone."""
    free = {_network(network): OF_NETWORK}
    if email is not None:
        free[_account(email)] = OF_ACCOUNT
    rows = session.scalars(select(LoginFailure).where(LoginFailure.whose.in_(free)))
    waits = [wait(row.failures, row.last_failed_at, free=free[row.whose], now=now) for row in rows]
    longest = max(waits, default=timedelta(0))
    if longest:
        raise TooMany("There were too many failed logins. Wait a moment.", retry_after=longest)


def failed(session: Session, email: str | None, network: str, *, now: datetime) -> None:
    """Count a failed login; tell the account when it begins to cost its owner a wait."""
    _count(session, _network(network), now)
    if email is not None and _count(session, _account(email), now) == OF_ACCOUNT:
        account_mails.record(
            session, AccountEvent.FAILED_LOGINS, email, facts={"Last from": network}, now=now
        )


def forget(session: Session, email: str) -> None:
    """Begin anew for an account whose owner came in."""
    session.execute(delete_rows(LoginFailure).where(LoginFailure.whose == _account(email)))


def purge(session: Session, *, now: datetime) -> None:
    """Delete what counts no more."""
    session.execute(
        delete_rows(LoginFailure).where(LoginFailure.last_failed_at < now - FORGOTTEN_AFTER)
    )


def _count(session: Session, whose: bytes, now: datetime) -> int:
    first = insert(LoginFailure).values(whose=whose, failures=1, last_failed_at=now)
    is_old = LoginFailure.last_failed_at <= now - FORGOTTEN_AFTER
    return session.scalars(
        first.on_conflict_do_update(
            index_elements=["whose"],
            set_={
                "failures": case((is_old, 1), else_=LoginFailure.failures + 1),
                "last_failed_at": now,
            },
        ).returning(LoginFailure.failures)
    ).one()


def _account(email: str) -> bytes:
    return hashlib.sha256(f"account/{email}".encode()).digest()


def _network(network: str) -> bytes:
    return hashlib.sha256(f"network/{network}".encode()).digest()
