"""Invitations: a token that is shown once, for one address, used once within seven days."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from domain.permissions import Role, may_invite
from models import Invitation, Membership, Organization, User
from models.session import act_for
from security import passwords, tokens
from services import accounts, members, pages
from services.accounts import Registered
from services.errors import Conflict, NotFound, Unauthenticated
from services.permissions import Maker

LIFETIME = timedelta(days=7)
MOST = 200
"""Open invitations of one organization."""

_NOT_GOOD = "This invitation is not valid (any more), or the password is wrong."


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation as it is shown; the token only where it was just made."""

    invitation: Invitation
    token: str | None = field(default=None, repr=False)


def create(
    session: Session,
    organization_id: int,
    *,
    email: str,
    role: Role,
    maker: Maker,
    now: datetime,
) -> InvitationView:
    """Invite an address, in place of an earlier invitation of it; never as more than oneself is."""
    members.refuse_above(maker.permissions, role)
    address = accounts.normal_email(email)
    _refuse_member(session, organization_id, address)
    session.execute(
        delete_rows(Invitation).where(
            Invitation.organization_id == organization_id, Invitation.email == address
        )
    )
    _refuse_too_many(session, organization_id, now)
    token = tokens.new_refresh_token()
    invitation = Invitation(
        organization_id=organization_id,
        invited_by=maker.user_id,
        email=address,
        role=role,
        token_hash=tokens.refresh_token_hash(token),
        expires_at=now + LIFETIME,
        created_at=now,
        updated_at=now,
    )
    session.add(invitation)
    session.flush()
    return InvitationView(invitation, token)


def page(
    session: Session, organization_id: int, request: pages.PageRequest
) -> pages.Page[InvitationView]:
    """List invitations, the oldest first."""
    query = select(Invitation).where(Invitation.organization_id == organization_id)
    if request.cursor is not None:
        after = pages.position("invitations", request.cursor, datetime.fromisoformat, uuid.UUID)
        query = query.where(tuple_(Invitation.created_at, Invitation.public_id) > after)
    query = query.order_by(Invitation.created_at, Invitation.public_id)
    rows = session.scalars(query.limit(request.limit + 1)).all()
    cut = pages.cut(
        rows,
        request.limit,
        lambda row: pages.cursor("invitations", row.created_at.isoformat(), row.public_id),
    )
    return pages.Page([InvitationView(row) for row in cut.items], cut.next_cursor)


def delete(session: Session, organization_id: int, invitation_id: uuid.UUID) -> None:
    """Take an invitation back."""
    invitation = session.scalars(
        select(Invitation).where(
            Invitation.organization_id == organization_id, Invitation.public_id == invitation_id
        )
    ).one_or_none()
    if invitation is None:
        raise NotFound("invitation")
    session.delete(invitation)
    session.flush()


def accept(session: Session, *, token: str, password: str, now: datetime) -> Registered:
    """Use an invitation up: who has an account proves it, who has none gets one.

    The address is that of the invitation, never one that the request names. Acts for the
    organization from then on.
    """
    by_token = Invitation.token_hash == tokens.refresh_token_hash(token)
    act_for(session, select(Invitation.organization_id).where(by_token))
    invitation = session.scalars(
        select(Invitation).where(by_token, Invitation.expires_at > now).with_for_update()
    ).one_or_none()
    if invitation is None:
        raise Unauthenticated(_NOT_GOOD)
    _refuse_demoted_inviter(session, invitation)
    user = _user(session, invitation.email, password, now)
    _refuse_member(session, invitation.organization_id, invitation.email)
    session.add(
        Membership(
            organization_id=invitation.organization_id, user_id=user.id, role=invitation.role
        )
    )
    session.delete(invitation)
    session.flush()
    return Registered(user, session.get_one(Organization, invitation.organization_id))


def purge(session: Session, *, now: datetime) -> None:
    """Delete invitations that nobody can use any more."""
    session.execute(delete_rows(Invitation).where(Invitation.expires_at < now))


def _user(session: Session, email: str, password: str, now: datetime) -> User:
    user = session.scalars(select(User).where(func.lower(User.email) == email)).one_or_none()
    if user is None:
        return accounts.add_user(session, email=email, password=password, now=now)
    if not passwords.matches(user.password_hash, password):
        raise Unauthenticated(_NOT_GOOD)
    return user


def _refuse_demoted_inviter(session: Session, invitation: Invitation) -> None:
    """Who invited must still be allowed to give that role."""
    role = session.scalar(
        select(Membership.role).where(
            Membership.organization_id == invitation.organization_id,
            Membership.user_id == invitation.invited_by,
        )
    )
    if role is None or not may_invite(role, invitation.role):
        raise Unauthenticated(_NOT_GOOD)


def _refuse_member(session: Session, organization_id: int, email: str) -> None:
    there = session.scalar(
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id, func.lower(User.email) == email)
    )
    if there is not None:
        raise Conflict("This address belongs to a member already.", field="email")


def _refuse_too_many(session: Session, organization_id: int, now: datetime) -> None:
    count = session.scalar(
        select(func.count())
        .select_from(Invitation)
        .where(Invitation.organization_id == organization_id, Invitation.expires_at > now)
    )
    if (count or 0) >= MOST:
        raise Conflict(f"At most {MOST} invitations may be open.")
