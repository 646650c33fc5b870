"""Accounts: login and registration, and the organization that a user acts for."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.organization_policy import LoginWay, Policy, Visit
from domain.permissions import Role
from models import Membership, Organization, OrganizationPolicy, User, UserSession
from models.session import act_for
from security.login import passwords
from services.contacts.addresses import email_address
from services.errors import Conflict, Invalid, NotFound, Unauthenticated
from services.policies import policies, visits

_NEXT_ORGANIZATION = select(func.nextval(func.pg_get_serial_sequence("organizations", "id")))


@dataclass(frozen=True, slots=True)
class SsoOrigin:
    """The identity that a provider proved, the organization of it, and its own session."""

    identity_id: int
    organization_id: int
    sid: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """An account that was proven, the organization to act for, and the way of the proof."""

    user: User
    organization: Organization
    way: LoginWay = LoginWay.PASSWORD
    sso: SsoOrigin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An existing membership, by its keys, and the database's time of the lookup."""

    organization_id: int
    user_id: int
    membership_id: int
    role: Role
    custom_role_id: int | None
    used: UserSession
    policy: Policy
    visit: Visit
    now: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    user: User
    organization: Organization
    role: Role


def register(
    session: Session, *, email: str, password: str, organization_name: str, now: datetime
) -> Registered:
    """Create an organization for an address that needs no confirmation."""
    password_hash = new_password(password, email, organization_name)
    return found(
        session,
        email=email,
        password_hash=password_hash,
        organization_name=organization_name,
        now=now,
    )


def found(
    session: Session, *, email: str, password_hash: str, organization_name: str, now: datetime
) -> Registered:
    """Create a user, an organization and the membership of the user as its owner.

    An existing account without any organization is reused. Raise `Conflict` for one that has any.
    """
    user = _user_without_organization(session, normal_email(email))
    if user is not None:
        refuse_closed(user)
    if user is None:
        user = add_user(session, email=email, password_hash=password_hash, now=now)
    else:
        user.password_hash = password_hash
    # Reserved first, because only the organization itself may write its rows.
    organization_id = session.scalars(_NEXT_ORGANIZATION).one()
    act_for(session, organization_id)
    organization = Organization(
        id=organization_id, name=organization_name, created_at=now, updated_at=now
    )
    session.add(organization)
    session.flush()
    session.add(Membership(organization_id=organization.id, user_id=user.id, role=Role.OWNER))
    session.flush()
    return Registered(user, organization)


def add_user(session: Session, *, email: str, password_hash: str, now: datetime) -> User:
    """Create a user without an organization. Raise `Conflict` if the address is taken."""
    user = User(
        email=normal_email(email),
        password_hash=password_hash,
        created_at=now,
        updated_at=now,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:
        raise Conflict(
            "An account with this email address already exists.", field="email"
        ) from error
    return user


def login(
    session: Session, *, email: str, password: str, organization_id: uuid.UUID | None = None
) -> Registered:
    """Return the user and the organization to act for.

    Without `organization_id`, that is the organization of the oldest membership, if
    possible one that does not demand single sign-on. Raise
    `Unauthenticated` without revealing what was wrong.
    """
    query = (
        select(User, Organization)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .join(
            OrganizationPolicy, OrganizationPolicy.organization_id == Organization.id, isouter=True
        )
        .where(func.lower(User.email) == login_email(email))
        .order_by(policies.DEMANDS_SSO, Membership.id)
        .limit(1)
    )
    if organization_id is not None:
        query = query.where(Organization.public_id == organization_id)
    row = session.execute(query).one_or_none()
    right = passwords.matches(row.User.password_hash if row else None, password)
    if row is None or not right:
        raise Unauthenticated("The email address or the password is wrong.")
    if passwords.is_outdated(row.User.password_hash):
        row.User.password_hash = passwords.hashed(password)
    act_for(session, row.Organization.id)
    return Registered(row.User, row.Organization)


def memberships(session: Session, user_id: int) -> Sequence[Profile]:
    """List the organizations of a user, oldest membership first; before one is acted for."""
    rows = session.execute(
        select(User, Organization, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(User.id == user_id)
        .order_by(Membership.id)
    )
    return [Profile(row.User, row.Organization, row.role) for row in rows]


def member(
    session: Session, organization_id: uuid.UUID, user_id: uuid.UUID, session_id: uuid.UUID
) -> Member | None:
    """Return a membership by public ids and act for it; None if it or the session has ended."""
    act_for_organization(session, organization_id)
    now = func.clock_timestamp()
    row = session.execute(
        select(Membership, UserSession, OrganizationPolicy, *visits.HAS, now.label("now"))
        .join(User, User.id == Membership.user_id)
        .join(UserSession, UserSession.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .join(
            OrganizationPolicy,
            OrganizationPolicy.organization_id == Membership.organization_id,
            isouter=True,
        )
        .where(
            User.public_id == user_id,
            UserSession.public_id == session_id,
            UserSession.expires_at > now,
            Organization.public_id == organization_id,
        )
    ).one_or_none()
    if row is None:
        return None
    found, used = row.Membership, row.UserSession
    return Member(
        organization_id=found.organization_id,
        user_id=found.user_id,
        membership_id=found.id,
        role=found.role,
        custom_role_id=found.custom_role_id,
        used=used,
        policy=policies.stated(row.OrganizationPolicy),
        visit=visits.of(used, found, has_codes=row.has_codes, has_passkey=row.has_passkey),
        now=row.now,
    )


def act_for_organization(session: Session, public_id: uuid.UUID) -> None:
    """Act for an organization by its public id, or for none if it does not exist."""
    act_for(session, select(Organization.id).where(Organization.public_id == public_id))


def profile(session: Session, organization_id: int, user_id: int) -> Profile:
    """Return the user as a member of that organization. Raise `NotFound` for anyone else."""
    row = session.execute(
        select(User, Organization, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise NotFound("member")
    return Profile(row.User, row.Organization, row.role)


def refuse_closed(user: User) -> None:
    """Raise `Conflict` if the account is closed."""
    if user.closed_at is not None:
        raise Conflict("This account was deleted. Restore it by the link in the mail about that.")


def normal_email(email: str) -> str:
    """Return the normal form of an address. Raise `Invalid` if it is none."""
    try:
        return email_address(email).lower()
    except ValueError as error:
        raise Invalid({"email": [str(error)]}) from error


def login_email(email: str) -> str:
    """Return the normal form of an address, or the input if it is none."""
    try:
        return normal_email(email)
    except Invalid:
        return email


def new_password(password: str, *about: str) -> str:
    """Return the hash of a new password. Raise `Invalid` for a weak one.

    `about` has the address and names, which are not secret and must not make up the password.
    """
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        problem = f"Must have {passwords.SHORTEST} to {passwords.LONGEST} characters."
        raise Invalid({"password": [problem]})
    words = [word for text in about for word in (text, *text.replace("@", " ").split())]
    if passwords.is_guessable(password, words):
        raise Invalid({"password": ["This password is too easy to guess. Use several words."]})
    return passwords.hashed(password)


def by_email(session: Session, email: str) -> User | None:
    """Return the user with an address in its normal form."""
    return session.scalars(select(User).where(func.lower(User.email) == email)).one_or_none()


def prove(session: Session, user_id: int, password: str) -> User:
    """Return the user if the password is right. Raise `Invalid` otherwise.

    A stolen access token alone must not suffice to take over the account.
    """
    user = session.get_one(User, user_id, with_for_update=True)
    if not passwords.matches(user.password_hash, password):
        raise Invalid({"current_password": ["The current password is wrong."]})
    return user


def _user_without_organization(session: Session, email: str) -> User | None:
    """Return the user with this address who belongs to no organization, if there is one."""
    belongs = exists().where(Membership.user_id == User.id)
    query = select(User).where(func.lower(User.email) == email, ~belongs)
    return session.scalars(query.with_for_update()).one_or_none()
