"""The demand of an organization that its members log in by its provider, wherever a session begins.

A route judges each request by the policy. Beyond that, no other way even begins or continues a
session for such an organization. An owner with a second factor is the exception, and every owner
gets a mail about it.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from domain.organization_policy import LoginWay, Refusal
from domain.permissions import Role
from models import Membership, Organization, User, UserSession
from services.accounts import mails as account_mails
from services.accounts.login import factors
from services.audit import acts
from services.errors import Forbidden
from services.policies import policies

SENTENCE = "This organization demands single sign-on. Log in by its identity provider."


def admit(
    session: Session, user: User, organization: Organization, way: LoginWay, *, now: datetime
) -> None:
    """Raise `Forbidden` if a login by this way may not begin a session for the organization.

    The second factor was proven, if the account has one.
    """
    if way is LoginWay.SSO or not policies.of(session, organization.id).demands_sso:
        return
    if not _breaks_glass(session, user, organization):
        raise Forbidden(SENTENCE, refusal=Refusal.WAY)
    _tell_owners(session, user, organization, now)
    acts.note(session, without_provider=True)


def admit_session(
    session: Session,
    used: UserSession,
    user: User,
    organization: Organization,
    *,
    is_entered: bool,
    now: datetime,
) -> None:
    """Raise `Forbidden` if this session may not act for the organization.

    `is_entered`: the session acted for another one until now, so the owners are told.
    """
    if used.way is LoginWay.SSO:
        if used.sso_organization_id != organization.id:
            raise Forbidden(
                "You logged in by the provider of another organization. Log in by another way.",
                refusal=Refusal.WAY,
            )
        return
    if not policies.of(session, organization.id).demands_sso:
        return
    if not _breaks_glass(session, user, organization):
        raise Forbidden(SENTENCE, refusal=Refusal.WAY)
    if is_entered:
        _tell_owners(session, user, organization, now)


def _breaks_glass(session: Session, user: User, organization: Organization) -> bool:
    role = session.scalar(
        select(Membership.role).where(
            Membership.organization_id == organization.id, Membership.user_id == user.id
        )
    )
    return role is Role.OWNER and factors.is_on(session, user.id)


def _tell_owners(session: Session, user: User, organization: Organization, now: datetime) -> None:
    owners = session.scalars(
        select(User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization.id, Membership.role == Role.OWNER)
        .order_by(User.id)
    )
    for address in owners:
        account_mails.record(
            session,
            AccountEvent.SSO_BYPASSED,
            address,
            facts={"Organization": organization.name, "By": user.email},
            now=now,
        )
