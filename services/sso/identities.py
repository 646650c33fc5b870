"""Whom a subject of a provider stands for: the rule by which people are found, linked and added.

An identity is a connection and a subject. An address links an account once, and only if

* its domain is proven by the very organization of the connection, and
* the provider says that the address is verified, or the connection says that this provider
  verifies the addresses of its users.

So a provider decides about nobody outside of the domains of its own organization.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.login.mail_domains import domain_of
from domain.organization_policy import LoginWay
from domain.permissions import PERMISSIONS, Role
from models import Domain, Membership, Organization, SsoConnection, SsoIdentity, User
from models.domain import DomainState
from services import locks, quotas
from services.accounts import accounts
from services.accounts.accounts import Registered, SsoOrigin
from services.errors import Invalid, Unauthenticated

NO_PASSWORD = "none"  # noqa: S105 - no hash, so no password matches
_REFUSED = "The identity provider did not prove who you are here."


class SsoRefused(Unauthenticated):
    """`reason` is for our log and the administrator."""

    def __init__(self, reason: str) -> None:
        super().__init__(_REFUSED)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What a provider says of a person, as far as it is used."""

    subject: str
    email: str
    is_verified: bool
    groups: frozenset[str]
    sid: str | None


def enter(
    session: Session, connection: SsoConnection, claims: Mapping[str, Any], *, now: datetime
) -> Registered:
    """Return the account of verified claims, as a member; link or create it on its first login.

    The session acts for the organization of the connection. Raise `SsoRefused` for anyone else.
    """
    claimed = _read(connection, claims)
    # The first logins of one person at once must not add the person twice.
    locks.take_change(session, connection.organization_id, "sso")
    identity = session.scalars(
        select(SsoIdentity).where(
            SsoIdentity.sso_connection_id == connection.id, SsoIdentity.subject == claimed.subject
        )
    ).one_or_none()
    if identity is None:
        identity = _linked(session, connection, claimed, now)
    user = session.get_one(User, identity.user_id)
    _join(session, connection, user, claimed, now)
    connection.used_at = now
    session.flush()
    organization = session.get_one(Organization, connection.organization_id)
    origin = SsoOrigin(identity.id, organization.id, claimed.sid)
    return Registered(user, organization, LoginWay.SSO, origin)


def _read(connection: SsoConnection, claims: Mapping[str, Any]) -> _Claimed:
    email, groups, sid = claims.get("email"), claims.get(connection.groups_claim), claims.get("sid")
    named = groups if isinstance(groups, list) else [groups]
    return _Claimed(
        subject=str(claims["sub"]),
        email=email if isinstance(email, str) else "",
        # A text such as "true" is no statement.
        is_verified=claims.get("email_verified") is True,
        groups=frozenset(each for each in named if isinstance(each, str)),
        sid=sid if isinstance(sid, str) else None,
    )


def _linked(
    session: Session, connection: SsoConnection, claimed: _Claimed, now: datetime
) -> SsoIdentity:
    email = _own_address(session, connection, claimed)
    user = accounts.by_email(session, email)
    if user is None:
        user = accounts.add_user(session, email=email, password_hash=NO_PASSWORD, now=now)
        session.flush()
    taken = select(SsoIdentity.id).where(
        SsoIdentity.sso_connection_id == connection.id, SsoIdentity.user_id == user.id
    )
    if session.scalar(taken) is not None:
        raise SsoRefused("The account of this address belongs to another subject.")
    identity = SsoIdentity(
        organization_id=connection.organization_id,
        sso_connection_id=connection.id,
        user_id=user.id,
        subject=claimed.subject,
        created_at=now,
    )
    session.add(identity)
    session.flush()
    return identity


def _own_address(session: Session, connection: SsoConnection, claimed: _Claimed) -> str:
    """Return the address if this organization may speak for it."""
    try:
        email = accounts.normal_email(claimed.email)
    except Invalid as error:
        raise SsoRefused("The provider gives no address.") from error
    if not owns(session, connection.organization_id, domain_of(email)):
        raise SsoRefused("The organization has not proven the domain of this address.")
    if not (claimed.is_verified or connection.verifies_addresses):
        raise SsoRefused("The provider does not say that the address is verified.")
    return email


def owns(session: Session, organization_id: int, name: str) -> bool:
    """Return whether an organization has proven a domain, which is not lost."""
    found = select(Domain.id).where(
        Domain.organization_id == organization_id,
        Domain.name == name,
        Domain.state == DomainState.PROVEN,
    )
    return session.scalar(found) is not None


def _join(
    session: Session, connection: SsoConnection, user: User, claimed: _Claimed, now: datetime
) -> None:
    """Make the user a member, with the role of the groups. An owner stays one."""
    mapped = _role_of(connection, claimed.groups)
    membership = session.scalars(
        select(Membership).where(
            Membership.organization_id == connection.organization_id,
            Membership.user_id == user.id,
        )
    ).one_or_none()
    if membership is None:
        if not owns(session, connection.organization_id, domain_of(user.email)):
            raise SsoRefused("The domain of this address is no longer proven.")
        quotas.take(session, connection.organization_id, "members")
        session.add(
            Membership(
                organization_id=connection.organization_id,
                user_id=user.id,
                role=mapped or connection.default_role,
            )
        )
    elif mapped is not None and membership.role not in {Role.OWNER, mapped}:
        membership.role, membership.custom_role_id, membership.updated_at = mapped, None, now


def _role_of(connection: SsoConnection, groups: frozenset[str]) -> Role | None:
    """Return the strongest role of the groups; None if the map says nothing of them."""
    roles = [Role(role) for group, role in connection.role_map.items() if group in groups]
    return max(roles, key=lambda role: len(PERMISSIONS[role]), default=None)
