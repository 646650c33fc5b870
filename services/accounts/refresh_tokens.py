"""Refresh tokens: each is used once, and a second use ends the whole family.

A family belongs to one session. A second use may come from a thief or from the victim, and the two
cannot be distinguished. So the session ends, and both have to log in again.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from models import Membership, Organization, RefreshToken, User, UserSession
from models.session import act_for, act_for_nobody
from security.jwt import tokens
from services import locks
from services.accounts import accounts
from services.accounts import sessions as user_sessions
from services.accounts.login import enforcement
from services.accounts.sessions import Lifetime
from services.audit import acts
from services.errors import NotFound
from services.locks import Lock
from services.policies import policies

KNOWN_FOR = timedelta(days=30)
"""How long a device stays known after its last token expired."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """The next refresh token, and its owner by public ids."""

    refresh_token: str
    user_id: uuid.UUID
    organization_id: uuid.UUID
    session_id: uuid.UUID


def issue(session: Session, organization_id: int, of: UserSession) -> str:
    """Return the first token of a session, for an organization; it lasts as long as the session."""
    return _add(session, organization_id, of.user_id, of.public_id, of.expires_at)


def rotate(
    session: Session,
    token: str,
    *,
    lifetime: Lifetime,
    now: datetime,
    organization_id: uuid.UUID | None = None,
) -> Renewal | None:
    """Use up a token and return the next one, or None if it is not accepted.

    The next one is for the same organization or for `organization_id`. In that case the transaction
    acts for that one from here on. Raise `NotFound` if the user is no member there, and `Forbidden`
    if it demands single sign-on; the token then stays valid. In all other cases commit: a refusal may have revoked the family.
    """
    used = _unused(session, token, now=now)
    if used is None:
        return None
    allowed = lifetime.within(policies.of(session, used.organization_id))
    ends_at = user_sessions.see(session, used.family, lifetime=allowed, now=now)
    if ends_at is None:
        return None
    used.used_at = now
    session.flush()
    if organization_id is not None:
        # The other organization is not visible from the current one.
        act_for_nobody(session)
        accounts.act_for_organization(session, organization_id)
    owner = _owner(session, used, organization_id)
    if owner is None and organization_id is not None:
        raise NotFound("organization")
    if owner is None:
        return None
    user, organization = owner
    present = user_sessions.of_id(session, used.family)
    is_entered = used.organization_id != organization.id
    enforcement.admit_session(session, present, user, organization, is_entered=is_entered, now=now)
    following = _add(session, organization.id, user.id, used.family, ends_at)
    _declare(session, organization.id, user.id, used.family)
    return Renewal(following, user.public_id, organization.public_id, used.family)


def revoke(session: Session, token: str, *, now: datetime) -> None:
    """End the family that a token belongs to; an unknown token is no error."""
    family = _locked_family(session, token)
    if family is None:
        return
    owner = session.execute(
        _row(token).with_only_columns(RefreshToken.organization_id, RefreshToken.user_id)
    ).one()
    _declare(session, owner.organization_id, owner.user_id, family)
    _revoke(session, family, now=now)


def _declare(session: Session, organization_id: int, user_id: int, family: uuid.UUID) -> None:
    """Declare the act of the holder of a token, whose target is the session."""
    acts.declare_user(session, organization_id, user_id)
    acts.aim(session, "session", family)


def device_of(session: Session, token: str, email: str, *, now: datetime) -> uuid.UUID | None:
    """Return the device of an earlier login, by one of its tokens, whatever its state.

    It proves only that the holder of the token logged in before (`login.throttle`).
    """
    query = (
        _row(token)
        .join(User, User.id == RefreshToken.user_id)
        .where(func.lower(User.email) == email, RefreshToken.expires_at > now - KNOWN_FOR)
    )
    return session.scalars(query.with_only_columns(RefreshToken.family)).one_or_none()


def purge(session: Session, *, now: datetime) -> None:
    """Delete expired tokens; afterwards a second use of them is only refused.

    The last token of a login is kept for as long as its device is known.
    """
    is_over = RefreshToken.expires_at < now
    is_forgotten = RefreshToken.expires_at < now - KNOWN_FOR
    is_last = RefreshToken.used_at.is_(None)
    session.execute(delete(RefreshToken).where(is_over, or_(~is_last, is_forgotten)))


def _row(token: str) -> Select[RefreshToken]:
    return select(RefreshToken).where(RefreshToken.token_hash == tokens.refresh_token_hash(token))


def _unused(session: Session, token: str, *, now: datetime) -> RefreshToken | None:
    """Return a token that may be used now; a token that was used before ends its family."""
    family = _locked_family(session, token)
    if family is None:
        return None
    found = session.scalars(_row(token).execution_options(populate_existing=True)).one()
    if found.used_at or found.revoked_at:
        _revoke(session, family, now=now)
        return None
    return found if found.expires_at > now else None


def _locked_family(session: Session, token: str) -> uuid.UUID | None:
    """Return the family of a token and lock it, so that no new token escapes its end.

    The transaction acts for the token's organization from here on.
    """
    found = session.execute(
        _row(token).with_only_columns(RefreshToken.family, RefreshToken.organization_id)
    ).one_or_none()
    if found is None:
        return None
    act_for(session, found.organization_id)
    locks.take(session, Lock.TOKEN_FAMILY, found.family.bytes)
    family: uuid.UUID = found.family
    return family


def _revoke(session: Session, family: uuid.UUID, *, now: datetime) -> None:
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    user_sessions.end(session, family)


def _owner(
    session: Session, token: RefreshToken, organization_id: uuid.UUID | None
) -> tuple[User, Organization] | None:
    """Return the token's user and its organization, or the other one if the user is a member."""
    wanted = (
        Organization.id == token.organization_id
        if organization_id is None
        else Organization.public_id == organization_id
    )
    row = session.execute(
        select(User, Organization)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(User.id == token.user_id, wanted)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _add(
    session: Session, organization_id: int, user_id: int, family: uuid.UUID, expires_at: datetime
) -> str:
    token = tokens.new_refresh_token()
    session.add(
        RefreshToken(
            organization_id=organization_id,
            user_id=user_id,
            family=family,
            token_hash=tokens.refresh_token_hash(token),
            expires_at=expires_at,
        )
    )
    session.flush()
    return token
