"""Browser sessions: logins that a cookie carries, each acting for one organization at a time.

The cookie has 256 random bits, and only its hash is stored. The policy of the organization says
when a session ends.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from domain import organization_policy as policy_rules
from domain.organization_policy import Policy, Visit
from domain.permissions import Role
from models import Membership, Organization, OrganizationPolicy, User, UserSession
from models.session import act_for, act_for_nobody
from security.jwt import tokens
from security.login.cookies import hash_of
from services.accounts import sessions as user_sessions
from services.accounts.login import account_acts, enforcement
from services.accounts.sessions import Lifetime, Origin
from services.audit import acts
from services.errors import NotFound
from services.policies import policies, visits

LIFETIME = Lifetime(unused=timedelta(days=90), total=timedelta(days=90))
"""The most that a policy may allow."""
_IS_OF_MEMBERSHIP = OrganizationPolicy.organization_id == Membership.organization_id

PROOF_LASTS = timedelta(minutes=15)
"""How long a proof of ownership allows acts that are hard to undo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserMember:
    """The member that a cookie stands for, and the database's time of the lookup."""

    organization_id: int
    user_id: int
    membership_id: int
    role: Role
    custom_role_id: int | None
    session_id: uuid.UUID
    proven_at: datetime
    policy: Policy
    visit: Visit
    now: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session, and the value of its cookie, which is not stored."""

    session_id: uuid.UUID
    cookie: str = field(repr=False)


def begin(
    session: Session, user: User, organization: Organization, origin: Origin, *, now: datetime
) -> Begun:
    """Create a session of a user who acts for an organization."""
    lifetime = LIFETIME.within(policies.of(session, organization.id))
    row = user_sessions.begin(session, user.id, origin, lifetime=lifetime, now=now)
    cookie = tokens.new_refresh_token()
    row.cookie_hash = hash_of(cookie)
    row.membership_id = session.scalars(
        select(Membership.id).where(
            Membership.user_id == user.id, Membership.organization_id == organization.id
        )
    ).one()
    session.flush()
    return Begun(row.public_id, cookie)


def member(session: Session, cookie: str) -> BrowserMember | None:
    """Return the member of a cookie and act for the organization; None if the session has ended.

    A user whose membership has ended acts for the oldest other one. A user without any is None.
    """
    row = session.execute(_of_cookie(cookie)).one_or_none()
    if row is None:
        return None
    used, membership, stored = row.UserSession, row.Membership, row.OrganizationPolicy
    if membership is None:
        membership = _moved_on(session, used)
        if membership is None:
            return None
        stored = session.get(OrganizationPolicy, membership.organization_id)
    found = _member(row, membership, policies.stated(stored))
    user_sessions.note_use(session, used, lifetime=LIFETIME.within(found.policy), now=row.now)
    session.flush()
    act_for(session, membership.organization_id)
    return found


def _member(row: Row[Any], membership: Membership, policy: Policy) -> BrowserMember:
    used: UserSession = row.UserSession
    visit = visits.of(used, membership, has_codes=row.has_codes, has_passkey=row.has_passkey)
    return BrowserMember(
        organization_id=membership.organization_id,
        user_id=membership.user_id,
        membership_id=membership.id,
        role=membership.role,
        custom_role_id=membership.custom_role_id,
        session_id=used.public_id,
        proven_at=used.proven_at,
        policy=policy,
        visit=visit,
        now=row.now,
    )


def is_over(member: BrowserMember) -> bool:
    """Return whether the policy ends the session at its next request."""
    return policy_rules.is_over(
        member.policy, member.visit.began_at, member.visit.last_seen_at, now=member.now
    )


def switch(
    session: Session, session_id: uuid.UUID, organization_id: uuid.UUID, *, now: datetime
) -> None:
    """Let a session act for another organization of its user.

    Raise `NotFound` if the user is no member, and `Forbidden` if it demands single sign-on.
    """
    act_for_nobody(session)
    used = user_sessions.of_id(session, session_id)
    found = session.execute(
        select(Membership.id, User, Organization)
        .join(Organization, Organization.id == Membership.organization_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.user_id == used.user_id, Organization.public_id == organization_id)
    ).one_or_none()
    if found is None:
        raise NotFound("organization")
    membership_id, user, organization = found
    act_for(session, organization.id)
    enforcement.admit_session(session, used, user, organization, is_entered=True, now=now)
    used.membership_id = membership_id
    session.flush()
    acts.declare_user(session, organization.id, user.id)
    acts.aim(session, "session", session_id)
    acts.wrote(session)


def prove(session: Session, session_id: uuid.UUID, *, now: datetime) -> None:
    """Record that the user proved again to be the owner of the account."""
    session.execute(
        update(UserSession).where(UserSession.public_id == session_id).values(proven_at=now)
    )


def is_proven(proven_at: datetime, *, now: datetime) -> bool:
    """Return whether a proof is recent enough for acts that are hard to undo."""
    return now - proven_at < PROOF_LASTS


def end(session: Session, cookie: str) -> None:
    """End the session of a cookie, if it exists."""
    row = session.execute(
        select(UserSession.public_id, UserSession.user_id).where(
            UserSession.cookie_hash == hash_of(cookie)
        )
    ).one_or_none()
    if row is not None:
        account_acts.declare(session, row.user_id)
        acts.aim(session, "session", row.public_id)
        user_sessions.end(session, row.public_id)


def _of_cookie(cookie: str) -> Select[Any]:
    """Select the session of a cookie, with all that decides about its request."""
    now = func.clock_timestamp()
    return (
        select(UserSession, Membership, OrganizationPolicy, *visits.HAS, now.label("now"))
        .join(Membership, Membership.id == UserSession.membership_id, isouter=True)
        .join(OrganizationPolicy, _IS_OF_MEMBERSHIP, isouter=True)
        .where(UserSession.cookie_hash == hash_of(cookie), UserSession.expires_at > now)
    )


def _moved_on(session: Session, used: UserSession) -> Membership | None:
    """Let a session whose membership has ended act for the oldest other one, if there is any."""
    found = _oldest(session, used.user_id)
    if found is not None:
        used.membership_id = found.id
    return found


def _oldest(session: Session, user_id: int) -> Membership | None:
    return session.scalars(
        select(Membership).where(Membership.user_id == user_id).order_by(Membership.id).limit(1)
    ).one_or_none()
