"""Invitations: a link mailed to one address, valid once within seven days."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.permissions import PERMISSIONS, Role, may_invite
from models import Invitation, Membership, Organization, User
from models.session import act_for
from security.jwt import tokens
from security.links import LIFETIME, Links
from security.login import passwords
from services import lookup, pagination, quotas
from services.access import access
from services.accounts import accounts, mail_content, members
from services.accounts import mails as account_mails
from services.accounts.accounts import Registered
from services.errors import Conflict, TooMany, Unauthenticated
from services.permissions import Maker

MOST_RESENDS = 5
"""The most mails of one invitation after the first."""
MOST_FAILURES = 10
"""The wrong passwords and codes after which an invitation ends."""

_AT_MOST_EVERY = timedelta(minutes=1)

_OLDEST_FIRST = pagination.Order(
    scope="invitations", columns=(Invitation.created_at, Invitation.public_id)
)
_INVALID_INVITATION = "This invitation is invalid or has expired, or the password is wrong."


def create(  # noqa: PLR0913 - one for each thing that an invitation is
    session: Session,
    organization_id: int,
    *,
    email: str,
    role: Role,
    maker: Maker,
    links: Links,
    now: datetime,
) -> Invitation:
    """Invite an address, replacing its earlier invitation.

    Raise `Forbidden` for a role above the inviter's own. Only the reader of the mail gets the
    token, so accepting it proves ownership of the address.
    """
    members.refuse_above(maker.permissions, PERMISSIONS[role])
    quotas.lock(session, organization_id, "invitations")
    address = accounts.normal_email(email)
    _refuse_member(session, organization_id, address)
    session.execute(
        delete_rows(Invitation).where(
            Invitation.organization_id == organization_id, Invitation.email == address
        )
    )
    quotas.take(session, organization_id, "invitations", only=Invitation.expires_at > now)
    invitation = Invitation(
        public_id=uuid.uuid4(),
        organization_id=organization_id,
        invited_by=maker.user_id,
        email=address,
        role=role,
        created_at=now,
    )
    _send(session, invitation, links, now)
    return invitation


def send_again(
    session: Session,
    organization_id: int,
    invitation_id: uuid.UUID,
    *,
    maker: Maker,
    links: Links,
    now: datetime,
) -> Invitation:
    """Mail another link, valid for seven days; the previous link ends.

    Raise `Conflict` after `MOST_RESENDS` mails: a recipient who ignores them wants none. Raise
    `TooMany` within a minute of the last mail.
    """
    invitation = _find(session, organization_id, invitation_id)
    members.refuse_above(maker.permissions, PERMISSIONS[invitation.role])
    if invitation.resends >= MOST_RESENDS:
        raise Conflict(f"This invitation was resent {MOST_RESENDS} times, which is the maximum.")
    if now < invitation.updated_at + _AT_MOST_EVERY:
        raise TooMany(
            "This invitation was sent a moment ago. Wait before you resend it.",
            retry_after=invitation.updated_at + _AT_MOST_EVERY - now,
        )
    invitation.resends += 1
    _send(session, invitation, links, now)
    return invitation


def page(
    session: Session, organization_id: int, request: pagination.PageRequest
) -> pagination.Page[Invitation]:
    """List invitations, oldest first."""
    query = select(Invitation).where(Invitation.organization_id == organization_id)
    return pagination.read(session, query, _OLDEST_FIRST, request)


def delete(session: Session, organization_id: int, invitation_id: uuid.UUID) -> None:
    """Withdraw an invitation."""
    session.delete(_find(session, organization_id, invitation_id))
    session.flush()


def addressee(session: Session, *, token: str, now: datetime) -> str | None:
    """Return the address that an invitation is for, if it is valid."""
    return session.scalars(
        select(Invitation.email).where(_by_token(token), Invitation.expires_at > now)
    ).one_or_none()


def accept(session: Session, *, token: str, password: str, now: datetime) -> Registered:
    """Use up an invitation. An existing account needs its password, a new one is created.

    The address is that of the invitation, never one from the request. The transaction acts for the
    organization from here on. Raise `Unauthenticated` if the invitation or the password is wrong.
    """
    _act_for_inviter(session, token)
    invitation = session.scalars(
        select(Invitation).where(_by_token(token), Invitation.expires_at > now).with_for_update()
    ).one_or_none()
    if invitation is None:
        raise Unauthenticated(_INVALID_INVITATION)
    _refuse_demoted_inviter(session, invitation)
    user = _user(session, invitation.email, password, now)
    _refuse_member(session, invitation.organization_id, invitation.email)
    quotas.take(session, invitation.organization_id, "members")
    session.add(
        Membership(
            organization_id=invitation.organization_id, user_id=user.id, role=invitation.role
        )
    )
    session.delete(invitation)
    session.flush()
    return Registered(user, session.get_one(Organization, invitation.organization_id))


def count_failure(session: Session, *, token: str) -> None:
    """Count a wrong password or code of an invitation, and end it at `MOST_FAILURES`."""
    _act_for_inviter(session, token)
    failures = session.scalars(
        update(Invitation)
        .where(_by_token(token))
        .values(failures=Invitation.failures + 1)
        .returning(Invitation.failures)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if failures is not None and failures >= MOST_FAILURES:
        session.execute(delete_rows(Invitation).where(_by_token(token)))


def purge(session: Session, *, now: datetime) -> None:
    """Delete expired invitations."""
    session.execute(delete_rows(Invitation).where(Invitation.expires_at < now))


def _by_token(token: str) -> ColumnElement[bool]:
    return Invitation.token_hash == tokens.refresh_token_hash(token)


def _act_for_inviter(session: Session, token: str) -> None:
    act_for(session, select(Invitation.organization_id).where(_by_token(token)))


def _find(session: Session, organization_id: int, invitation_id: uuid.UUID) -> Invitation:
    return lookup.locked(session, Invitation, organization_id, invitation_id, "invitation")


def _send(session: Session, invitation: Invitation, links: Links, now: datetime) -> None:
    """Start its seven days and queue the mail; only a hash of the token is stored."""
    organization = session.get_one(Organization, invitation.organization_id)
    invitation.expires_at = now + LIFETIME
    invitation.updated_at = now
    invitation.failures = 0
    link = mail_content.invitation_link(links, invitation, organization.public_id)
    invitation.token_hash = tokens.refresh_token_hash(mail_content.invitation_token(link))
    session.add(invitation)
    session.flush()
    inviter = session.get_one(User, invitation.invited_by)
    account_mails.record(
        session,
        AccountEvent.INVITATION,
        invitation.email,
        request_id=invitation.public_id,
        facts={
            "Organization": organization.name,
            "Invited by": inviter.email,
            "As": invitation.role,
        },
        now=now,
    )


def _user(session: Session, email: str, password: str, now: datetime) -> User:
    user = accounts.by_email(session, email)
    if user is None:
        password_hash = accounts.new_password(password, email)
        return accounts.add_user(session, email=email, password_hash=password_hash, now=now)
    if not passwords.matches(user.password_hash, password):
        raise Unauthenticated(_INVALID_INVITATION)
    accounts.refuse_closed(user)
    return user


def _refuse_demoted_inviter(session: Session, invitation: Invitation) -> None:
    """Raise `Unauthenticated` if the inviter may no longer give that role."""
    inviter = session.scalar(
        select(Membership).where(
            Membership.organization_id == invitation.organization_id,
            Membership.user_id == invitation.invited_by,
        )
    )
    own = None if inviter is None else access.of_role(session, inviter.role, inviter.custom_role_id)
    if own is None or not may_invite(own, PERMISSIONS[invitation.role]):
        raise Unauthenticated(_INVALID_INVITATION)


def _refuse_member(session: Session, organization_id: int, email: str) -> None:
    there = session.scalar(
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id, func.lower(User.email) == email)
    )
    if there is not None:
        raise Conflict("This address already belongs to a member.", field="email")
