"""The content of an account mail, made when it is sent: nothing outdated, and secrets only then."""

import uuid
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent, AccountMailContent
from models import AccountMail, AccountRequest, Invitation, Membership, Organization, User
from models.account_request import RequestKind
from security.links import LIFETIME, NOBODY, Links, Purpose, Subject

_OF_REQUESTS = {
    AccountEvent.REGISTRATION: (RequestKind.REGISTRATION, Purpose.REGISTRATION),
    AccountEvent.PASSWORD_RESET: (RequestKind.PASSWORD_RESET, Purpose.PASSWORD_RESET),
    AccountEvent.EMAIL_ALLOW: (RequestKind.EMAIL_CHANGE, Purpose.EMAIL_ALLOW),
    AccountEvent.EMAIL_CONFIRM: (RequestKind.EMAIL_CHANGE, Purpose.EMAIL_CONFIRM),
}
_OF_PEOPLE = {
    AccountEvent.NEW_DEVICE: Purpose.NOT_ME,
    AccountEvent.ACCOUNT_CLOSED: Purpose.RESTORE_ACCOUNT,
}
"""The links that need no row beside the one that the mail names."""


def content_of(
    session: Session, mail: AccountMail, *, links: Links, now: datetime
) -> AccountMailContent | None:
    """Return the mail to send, or None if it is no longer needed.

    Whether an address has an account is looked up here, and not during the request. So every
    request gets the same answer in the same time, and only the reader of the address learns of the
    account.
    """
    if mail.event in _OF_REQUESTS:
        return _about_request(session, mail, links, now)
    if mail.event is AccountEvent.INVITATION:
        return _invitation(session, mail, links, now)
    if mail.event in _OF_PEOPLE and mail.request_id is not None:
        subject = Subject(organization_id=NOBODY, id=mail.request_id)
        link = links.make(_OF_PEOPLE[mail.event], subject, now=mail.created_at)
        return _content(mail, links, link)
    if mail.event is AccountEvent.ORGANIZATION_CLOSED and mail.request_id is not None:
        return _closed_organization(session, mail, links)
    if mail.event is AccountEvent.FAILED_LOGINS and not has_account(session, mail.address):
        return None
    return _content(mail, links)


def has_account(session: Session, email: str) -> bool:
    """Return whether a user with this address belongs to an organization; both are open."""
    # Named columns: the sender of mails may read no other column of `users`.
    members = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            func.lower(User.email) == email.lower(),
            User.closed_at.is_(None),
            Organization.closed_at.is_(None),
        )
    )
    return session.scalars(select(members.exists())).one()


def _about_request(
    session: Session, mail: AccountMail, links: Links, now: datetime
) -> AccountMailContent | None:
    kind, purpose = _OF_REQUESTS[mail.event]
    request = session.scalars(
        select(AccountRequest).where(
            AccountRequest.public_id == mail.request_id,
            AccountRequest.kind == kind,
            AccountRequest.expires_at > now,
        )
    ).one_or_none()
    if request is None:
        return None
    is_known = has_account(session, request.email)
    if kind is RequestKind.PASSWORD_RESET and not is_known:
        return None
    if kind is RequestKind.REGISTRATION and is_known:
        return _content(mail, links, is_known=True)
    subject = Subject(organization_id=NOBODY, id=request.public_id)
    return _content(mail, links, links.make(purpose, subject, now=request.created_at))


def _invitation(
    session: Session, mail: AccountMail, links: Links, now: datetime
) -> AccountMailContent | None:
    row = session.execute(
        select(Invitation, Organization.public_id)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(Invitation.public_id == mail.request_id, Invitation.expires_at > now)
    ).one_or_none()
    if row is None:
        return None
    organization_id: uuid.UUID = row.public_id
    return _content(mail, links, invitation_link(links, row.Invitation, organization_id))


def _closed_organization(
    session: Session, mail: AccountMail, links: Links
) -> AccountMailContent | None:
    """Return the mail to an owner, or None if the organization is open again."""
    organization_id = session.scalars(
        select(Organization.public_id).where(Organization.restore_id == mail.request_id)
    ).one_or_none()
    if organization_id is None or mail.request_id is None:
        return None
    subject = Subject(organization_id=organization_id, id=mail.request_id)
    return _content(
        mail, links, links.make(Purpose.RESTORE_ORGANIZATION, subject, now=mail.created_at)
    )


def _content(
    mail: AccountMail, links: Links, link: str = "", *, is_known: bool = False
) -> AccountMailContent:
    return AccountMailContent(
        key=str(mail.public_id),
        event=mail.event,
        address=mail.address,
        system=links.public_url,
        link=link,
        is_known=is_known,
        facts=tuple(mail.facts.items()),
    )


def invitation_link(links: Links, invitation: Invitation, organization_id: uuid.UUID) -> str:
    """Return the link for an invitation mail; it changes when the invitation is renewed."""
    subject = Subject(organization_id=organization_id, id=invitation.public_id)
    return links.make(Purpose.INVITATION, subject, now=invitation.expires_at - LIFETIME)


def invitation_token(link: str) -> str:
    """Return the token that `accept` takes: the last part of the link."""
    return link.rpartition("/")[2]
