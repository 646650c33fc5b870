"""Failed logins: each one lengthens the wait, and the account's owner is notified.

Failures are counted by account name and origin, whether or not the account exists. So nobody can
lock out somebody else: a stranger's failures delay only the stranger's network. A device with an
earlier login is counted separately from all others. All other origins share three more counters: of
the network, of wrong codes, and of all failures of the account in an hour.
"""

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.login_throttle import (
    FORGOTTEN_AFTER,
    NOTIFIED_AT,
    OF_CODES,
    OF_NETWORK,
    OF_ORIGIN,
    hour_of,
    site_of,
    wait,
    wait_for_the_next_hour,
)
from models import LoginFailure
from services.accounts import mails as account_mails
from services.errors import TooMany


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginAttempt:
    """A login attempt: its network, its known device and its account, if any."""

    network: str
    email: str | None = None
    device: uuid.UUID | None = None

    @property
    def origin(self) -> str:
        """The origin of the attempt in the counters of the account."""
        return f"site {site_of(self.network)}" if self.device is None else f"device {self.device}"


def check(session: Session, attempt: LoginAttempt, *, now: datetime) -> None:
    """Raise `TooMany` while the next attempt has to wait."""
    longest = max(_waits(session, attempt, now), default=timedelta(0))
    if longest:
        raise TooMany("Too many logins failed. Wait a moment, then try again.", retry_after=longest)


def failed(
    session: Session, attempt: LoginAttempt, *, by_code: bool = False, now: datetime
) -> None:
    """Count a failed login, and notify the account after some of them."""
    if attempt.device is None:
        _count(session, _network(attempt.network), now)
    if attempt.email is None:
        return
    _count(session, _origin(attempt), now)
    if attempt.device is None:
        _count(session, _hour(attempt.email, now), now)
        if by_code:
            _count(session, _codes(attempt.email), now)
    if _count(session, _account(attempt.email), now) == NOTIFIED_AT:
        account_mails.record(
            session,
            AccountEvent.FAILED_LOGINS,
            attempt.email,
            facts={"Last from": attempt.network},
            now=now,
        )


def succeeded(session: Session, attempt: LoginAttempt) -> None:
    """Reset the counters of an account after a complete login, second factor included.

    Frequent logins from a known device do not reset the counter of wrong codes. Otherwise they
    would give others more codes to guess.
    """
    if attempt.email is None:
        return
    _forget(session, _origin(attempt), _account(attempt.email))
    if attempt.device is None:
        _forget(session, _codes(attempt.email))


def set_password(session: Session, attempt: LoginAttempt, *, now: datetime) -> None:
    """Reset the counters of an account with a new password, except that of wrong codes.

    Anyone who knew the old password still has to wait for wrong codes.
    """
    if attempt.email is not None:
        _forget(session, _origin(attempt), _hour(attempt.email, now), _account(attempt.email))


def forget_account(session: Session, email: str, *, now: datetime) -> None:
    """Forget a deleted account; the counters by origin are deleted after a day."""
    _forget(session, _hour(email, now), _codes(email), _account(email))


def purge(session: Session, *, now: datetime) -> None:
    """Delete expired counters."""
    session.execute(
        delete_rows(LoginFailure).where(LoginFailure.last_failed_at < now - FORGOTTEN_AFTER)
    )


def _waits(session: Session, attempt: LoginAttempt, now: datetime) -> Iterator[timedelta]:
    free: dict[bytes, int] = {}
    if attempt.email is not None:
        free[_origin(attempt)] = OF_ORIGIN
    if attempt.device is None:
        free[_network(attempt.network)] = OF_NETWORK
        if attempt.email is not None:
            free[_codes(attempt.email)] = OF_CODES
    hour = None if attempt.email is None or attempt.device else _hour(attempt.email, now)
    asked = [*free] if hour is None else [*free, hour]
    for row in session.scalars(select(LoginFailure).where(LoginFailure.whose.in_(asked))):
        if row.whose == hour:
            yield wait_for_the_next_hour(row.failures, now=now)
        else:
            yield wait(row.failures, row.last_failed_at, free=free[row.whose], now=now)


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


def _forget(session: Session, *whose: bytes) -> None:
    session.execute(delete_rows(LoginFailure).where(LoginFailure.whose.in_(whose)))


def _network(network: str) -> bytes:
    return _hashed("network", network)


def _origin(attempt: LoginAttempt) -> bytes:
    return _hashed("origin", attempt.email or "", attempt.origin)


def _hour(email: str, now: datetime) -> bytes:
    return _hashed("hour", email, hour_of(now).isoformat())


def _codes(email: str) -> bytes:
    return _hashed("codes", email)


def _account(email: str) -> bytes:
    return _hashed("account", email)


def _hashed(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()
