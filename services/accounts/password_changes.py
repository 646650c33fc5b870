"""Password changes: reset by a mail, or changed with the current password."""

import uuid
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import func
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import AccountRequest, User
from models.account_request import RequestKind
from security.links import Links, Purpose
from services.accounts import accounts, one_time_links
from services.accounts import mails as account_mails
from services.accounts import sessions as user_sessions
from services.accounts.login import account_acts, throttle
from services.accounts.login.throttle import LoginAttempt
from services.audit import acts
from services.errors import Unauthenticated


def ask(session: Session, *, email: str, now: datetime) -> None:
    """Mail a link to reset the password; nothing is sent if there is no account."""
    address = accounts.normal_email(email)
    request = AccountRequest(
        public_id=uuid.uuid4(),
        kind=RequestKind.PASSWORD_RESET,
        email=address,
        created_at=now,
        expires_at=one_time_links.expires_at(Purpose.PASSWORD_RESET, now),
    )
    session.add(request)
    session.flush()
    account_mails.record(
        session, AccountEvent.PASSWORD_RESET, address, request_id=request.public_id, now=now
    )


def reset(
    session: Session, links: Links, *, token: str, password: str, network: str, now: datetime
) -> None:
    """Set the password by a link, which ends all sessions and logs nobody in.

    It also resets the counters of failed logins from this network and from unknown devices. The
    counter of wrong codes stays.
    """
    request = one_time_links.locked_request(session, links, Purpose.PASSWORD_RESET, token, now=now)
    user = accounts.by_email(session, request.email)
    if user is None or user.closed_at is not None:
        raise Unauthenticated(one_time_links.INVALID_LINK)
    _set(session, user, password, keep=None, now=now)
    tried = LoginAttempt(network=network, email=user.email.lower())
    throttle.set_password(session, tried, now=now)
    account_acts.declare(session, user.id)
    acts.aim(session, "user", user.public_id, user.email)


def change(
    session: Session,
    user_id: int,
    *,
    current_password: str,
    new_password: str,
    session_id: uuid.UUID | None,
    now: datetime,
) -> None:
    """Change the password, which ends all other sessions."""
    user = accounts.prove(session, user_id, current_password)
    _set(session, user, new_password, keep=session_id, now=now)


def _set(
    session: Session, user: User, password: str, *, keep: uuid.UUID | None, now: datetime
) -> None:
    user.password_hash = accounts.new_password(password, user.email)
    user.updated_at = now
    user_sessions.end_all(session, user.id, but=keep)
    # Everything that was requested while somebody else may have known the password.
    session.execute(
        delete_rows(AccountRequest).where(
            func.lower(AccountRequest.email) == user.email.lower(),
            AccountRequest.kind == RequestKind.PASSWORD_RESET,
        )
    )
    session.execute(delete_rows(AccountRequest).where(AccountRequest.user_id == user.id))
    account_mails.record(session, AccountEvent.PASSWORD_CHANGED, user.email, now=now)
    session.flush()
