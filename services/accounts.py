"""Accounts: who may come in, and for which organization they act."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Membership, Organization, User
from models.organization import Role
from security import passwords
from services.addresses import email_address
from services.errors import Conflict, Invalid, NotFound, Unauthenticated


@dataclass(frozen=True, slots=True)
class Registered:
    user: User
    organization: Organization


@dataclass(frozen=True, slots=True)
class Member:
    """A membership that exists, by its keys, and the time of the database when it was looked up."""

    organization_id: int
    user_id: int
    role: Role
    now: datetime


@dataclass(frozen=True, slots=True)
class Profile:
    user: User
    organization: Organization
    role: Role


def register(
    session: Session, *, email: str, password: str, organization_name: str, now: datetime
) -> Registered:
    """Create a user, an organization and the membership that makes one the owner of the other."""
    user = User(
        email=_normal_email(email),
        password_hash=passwords.hashed(_acceptable(password)),
        created_at=now,
        updated_at=now,
    )
    organization = Organization(name=organization_name, created_at=now, updated_at=now)
    try:
        with session.begin_nested():
            session.add_all((user, organization))
    except IntegrityError as error:
        raise Conflict("There is an account with this email address.", field="email") from error
    session.add(Membership(organization_id=organization.id, user_id=user.id, role=Role.OWNER))
    session.flush()
    return Registered(user, organization)


def login(session: Session, *, email: str, password: str) -> Registered:
    """Return the user and the organization to act for; says nothing of what was wrong."""
    found = session.execute(
        select(User, Organization)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(func.lower(User.email) == _login_email(email))
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()
    right = passwords.matches(found.User.password_hash if found else None, password)
    if found is None or not right:
        raise Unauthenticated("The email address or the password is wrong.")
    if passwords.is_outdated(found.User.password_hash):
        found.User.password_hash = passwords.hashed(password)
    return Registered(found.User, found.Organization)


def member(session: Session, organization_id: uuid.UUID, user_id: uuid.UUID) -> Member | None:
    """Look up a membership by public ids; one that was removed is not there any more."""
    row = session.execute(
        select(
            Membership.organization_id,
            Membership.user_id,
            Membership.role,
            func.clock_timestamp().label("now"),
        )
        .join(User, User.id == Membership.user_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(User.public_id == user_id, Organization.public_id == organization_id)
    ).one_or_none()
    return None if row is None else Member(row.organization_id, row.user_id, row.role, row.now)


def profile(session: Session, organization_id: int, user_id: int) -> Profile:
    row = session.execute(
        select(User, Organization, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    ).one_or_none()
    if row is None:
        raise NotFound("member")
    return Profile(row.User, row.Organization, row.role)


def _normal_email(email: str) -> str:
    try:
        return email_address(email).lower()
    except ValueError as error:
        raise Invalid({"email": [str(error)]}) from error


def _login_email(email: str) -> str:
    try:
        return _normal_email(email)
    except Invalid:
        return email


def _acceptable(password: str) -> str:
    if not passwords.SHORTEST <= len(password) <= passwords.LONGEST:
        problem = f"Must have {passwords.SHORTEST} to {passwords.LONGEST} characters."
        raise Invalid({"password": [problem]})
    return password
