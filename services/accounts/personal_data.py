"""The personal data of a user: everything that belongs to no organization, in one document."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    ApiKey,
    Invitation,
    Login,
    Passkey,
    SavedView,
    ServiceAccount,
    User,
    UserSession,
)
from models.session import act_for, act_for_nobody
from services.accounts import accounts
from services.accounts import sessions as user_sessions
from services.accounts.accounts import Profile
from services.accounts.login import history, passkeys
from services.privacy import exports, files
from services.privacy.exports import Row, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData:
    """Machines and invitations are those that the user created, in any organization."""

    user: User
    memberships: list[Profile]
    sessions: list[UserSession]
    api_keys: list[ApiKey]
    service_accounts: list[ServiceAccount]
    invitations: list[Invitation]
    saved_views: list[SavedView]
    passkeys: list[Passkey]
    logins: list[Login]
    records: Mapping[str, list[Row]]
    """All rows of the person by table, as the catalogue of columns says."""


def of_user(session: Session, user_id: int) -> OwnData:
    """Collect the data of all organizations; afterwards the transaction acts for none of them."""
    act_for_nobody(session)
    memberships = list(accounts.memberships(session, user_id))
    return OwnData(
        user=session.get_one(User, user_id),
        memberships=memberships,
        sessions=list(user_sessions.of_user(session, user_id)),
        api_keys=list(session.scalars(select(ApiKey).where(ApiKey.created_by == user_id))),
        service_accounts=list(
            session.scalars(select(ServiceAccount).where(ServiceAccount.created_by == user_id))
        ),
        invitations=list(
            session.scalars(select(Invitation).where(Invitation.invited_by == user_id))
        ),
        saved_views=_saved_views(session, user_id, memberships),
        passkeys=list(passkeys.of_user(session, user_id)),
        logins=history.newest(session, user_id, most=history.MOST),
        records=exports.of_person(
            session,
            session.get_one(User, user_id),
            [each.organization.id for each in memberships],
        ),
    )


def export(
    session: Session,
    user_id: int,
    *,
    current_password: str,
    recipient: str | None,
    now: datetime,
) -> IO[bytes]:
    """Return all rows of a person as a file; afterwards the transaction acts for no organization.

    Raise `Invalid` for a wrong password or recipient.
    """
    user = accounts.prove(session, user_id, current_password)
    act_for_nobody(session)
    owners = [each.organization.id for each in accounts.memberships(session, user_id)]
    records = exports.of_person(session, user, owners)
    return files.written(
        [Section(name, rows) for name, rows in records.items()],
        {"user_id": str(user.public_id)},
        recipient=recipient,
        now=now,
    )


def _saved_views(session: Session, user_id: int, memberships: Iterable[Profile]) -> list[SavedView]:
    """Read the views of one organization after the other: none shows those of another."""
    found: list[SavedView] = []
    for membership in memberships:
        act_for(session, membership.organization.id)
        found += session.scalars(
            select(SavedView).where(SavedView.user_id == user_id).order_by(SavedView.name)
        )
    act_for_nobody(session)
    return found
