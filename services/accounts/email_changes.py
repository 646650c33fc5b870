"""Changes of an account's email address, agreed to at the current address and at the new one."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import AccountRequest, User
from models.account_request import RequestKind
from security.links import Links, Purpose
from services.accounts import accounts, one_time_links
from services.accounts import mails as account_mails
from services.accounts.login import account_acts
from services.audit import acts
from services.errors import Conflict, Invalid


@dataclass(frozen=True, slots=True)
class EmailChange:
    """The progress of a change: done once both addresses agreed."""

    email: str
    is_done: bool


def ask(
    session: Session, user_id: int, *, current_password: str, email: str, now: datetime
) -> None:
    """Send a question to both addresses; this cancels an earlier pending change.

    Whether the new address has an account is not revealed here, only to its reader.
    """
    user = accounts.prove(session, user_id, current_password)
    address = accounts.normal_email(email)
    if address == user.email.lower():
        raise Invalid({"email": ["This is already the address of your account."]})
    session.execute(delete_rows(AccountRequest).where(AccountRequest.user_id == user_id))
    request = AccountRequest(
        public_id=uuid.uuid4(),
        kind=RequestKind.EMAIL_CHANGE,
        user_id=user_id,
        email=address,
        created_at=now,
        expires_at=one_time_links.expires_at(Purpose.EMAIL_CONFIRM, now),
    )
    session.add(request)
    session.flush()
    for event, reader in (
        (AccountEvent.EMAIL_ALLOW, user.email),
        (AccountEvent.EMAIL_CONFIRM, address),
    ):
        account_mails.record(
            session,
            event,
            reader,
            request_id=request.public_id,
            facts={"From": user.email, "To": address},
            now=now,
        )


def agree(
    session: Session, links: Links, purpose: Purpose, token: str, *, now: datetime
) -> EmailChange:
    """Record that the reader of one address agrees; change the address once both did."""
    request = one_time_links.locked_request(session, links, purpose, token, now=now)
    user_id = request.user_id
    if purpose is Purpose.EMAIL_ALLOW:
        request.allowed_at = now
    else:
        request.confirmed_at = now
    if request.allowed_at is None or request.confirmed_at is None:
        session.flush()
        change = EmailChange(request.email, is_done=False)
    else:
        _change(session, request, now)
        change = EmailChange(request.email, is_done=True)
    _declare(session, user_id, change, purpose)
    return change


def _declare(session: Session, user_id: int | None, change: EmailChange, purpose: Purpose) -> None:
    user = session.get_one(User, user_id)
    account_acts.declare(session, user.id)
    acts.aim(session, "user", user.public_id, user.email)
    acts.note(
        session,
        agreed_at="present" if purpose is Purpose.EMAIL_ALLOW else "next",
        is_done=change.is_done,
    )


def _change(session: Session, request: AccountRequest, now: datetime) -> None:
    user = session.get_one(User, request.user_id, with_for_update=True)
    previous = user.email
    try:
        with session.begin_nested():
            user.email = request.email
            user.updated_at = now
    except IntegrityError as error:
        raise Conflict("An account with this email address already exists.") from error
    for address in (previous, request.email):
        account_mails.record(
            session,
            AccountEvent.EMAIL_CHANGED,
            address,
            facts={"From": previous, "To": request.email},
            now=now,
        )
    session.delete(request)
    session.flush()
