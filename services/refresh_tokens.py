"""Refresh tokens: each is used once, and a second use ends the whole family.

A family is that of one session. Who uses a token again may be a thief, or the one who was robbed:
neither is told apart from the other, so the session ends and both have to log in again.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from models import Membership, Organization, RefreshToken, User, UserSession
from models.session import act_for
from security import tokens
from services import user_sessions

_LOCK_KEYS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Renewal:
    """The next refresh token, and whom it belongs to by public ids."""

    refresh_token: str
    user_id: uuid.UUID
    organization_id: uuid.UUID
    session_id: uuid.UUID


def issue(
    session: Session,
    organization_id: int,
    user_id: int,
    session_id: uuid.UUID,
    *,
    lifetime: timedelta,
    now: datetime,
) -> str:
    """Return the first token of a session for an organization."""
    return _add(session, organization_id, user_id, session_id, now + lifetime)


def rotate(session: Session, token: str, *, lifetime: timedelta, now: datetime) -> Renewal | None:
    """Use up a token and return the next one, or nothing if it is not to be accepted.

    Commit in both cases: a refusal may have revoked the family.
    """
    family = _locked_family(session, token)
    if family is None:
        return None
    used = session.scalars(_row(token).execution_options(populate_existing=True)).one()
    if used.used_at or used.revoked_at:
        _revoke(session, family, now=now)
        return None
    owner = _owner(session, used)
    if owner is None or used.expires_at <= now:
        return None
    used.used_at = now
    user_sessions.see(session, family, lifetime=lifetime, now=now)
    return Renewal(
        _add(session, used.organization_id, used.user_id, family, now + lifetime), *owner, family
    )


def revoke(session: Session, token: str, *, now: datetime) -> None:
    """End the family that a token belongs to; an unknown token is no error."""
    family = _locked_family(session, token)
    if family is not None:
        _revoke(session, family, now=now)


def purge(session: Session, *, now: datetime) -> None:
    """Delete tokens that expired; from then on a second use of them is only refused."""
    session.execute(delete(RefreshToken).where(RefreshToken.expires_at < now))


def _row(token: str) -> Select[RefreshToken]:
    return select(RefreshToken).where(RefreshToken.token_hash == tokens.refresh_token_hash(token))


def _locked_family(session: Session, token: str) -> uuid.UUID | None:
    """Find the family and let nobody else change it, so that no new token escapes its end.

    Who has the token acts for its organization from here on.
    """
    found = session.execute(
        _row(token).with_only_columns(RefreshToken.family, RefreshToken.organization_id)
    ).one_or_none()
    if found is None:
        return None
    act_for(session, found.organization_id)
    session.execute(select(func.pg_advisory_xact_lock(found.family.int & _LOCK_KEYS)))
    family: uuid.UUID = found.family
    return family


def _revoke(session: Session, family: uuid.UUID, *, now: datetime) -> None:
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.family == family, RefreshToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    user_sessions.end(session, family)


def _owner(session: Session, token: RefreshToken) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Return the public ids of the user and the organization, if still a member and logged in."""
    row = session.execute(
        select(User.public_id, Organization.public_id)
        .join(Membership, Membership.user_id == User.id)
        .join(Organization, Organization.id == Membership.organization_id)
        .join(UserSession, UserSession.user_id == User.id)
        .where(
            UserSession.public_id == token.family,
            Membership.user_id == token.user_id,
            Membership.organization_id == token.organization_id,
        )
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
