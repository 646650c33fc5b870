"""Registrations: stored, confirmed by a mail, and only then an account.

The answer is the same whether or not the address is known. Only the sender of the mail looks that
up (`mail_content`), and only the reader of the address learns of it.
"""

import uuid
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import func
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import AccountRequest
from models.account_request import RequestKind
from security.links import Links, Purpose
from security.login import passwords
from services.accounts import accounts, one_time_links
from services.accounts import mails as account_mails
from services.accounts.accounts import Registered
from services.errors import Unauthenticated


def ask(
    session: Session, *, email: str, password: str, organization_name: str, now: datetime
) -> None:
    """Mail a link that confirms the registration. Raise `Invalid` for wrong values."""
    address = accounts.normal_email(email)
    request = AccountRequest(
        public_id=uuid.uuid4(),
        kind=RequestKind.REGISTRATION,
        email=address,
        password_hash=accounts.new_password(password, address, organization_name),
        organization_name=organization_name,
        created_at=now,
        expires_at=one_time_links.expires_at(Purpose.REGISTRATION, now),
    )
    session.add(request)
    session.flush()
    account_mails.record(
        session, AccountEvent.REGISTRATION, address, request_id=request.public_id, now=now
    )


def addressee(session: Session, links: Links, *, token: str, now: datetime) -> str | None:
    """Return the address that the link of a registration was mailed to, if the link is valid."""
    return one_time_links.addressee(session, links, Purpose.REGISTRATION, token, now=now)


def confirm(
    session: Session, links: Links, *, token: str, password: str, now: datetime
) -> Registered:
    """Create the account. `password` must be the one of the registration.

    So registering another person's address gains nothing, even if that person follows the link.
    Raise `Conflict` if the address has an account in the meantime.
    """
    request = one_time_links.locked_request(session, links, Purpose.REGISTRATION, token, now=now)
    if not passwords.matches(request.password_hash, password):
        raise Unauthenticated(f"{one_time_links.INVALID_LINK[:-1]}, or the password is wrong.")
    opened = accounts.found(
        session,
        email=request.email,
        password_hash=request.password_hash or "",
        organization_name=request.organization_name or "",
        now=now,
    )
    session.execute(
        delete_rows(AccountRequest).where(
            func.lower(AccountRequest.email) == request.email,
            AccountRequest.kind == RequestKind.REGISTRATION,
        )
    )
    return opened
