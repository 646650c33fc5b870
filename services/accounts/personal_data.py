"""The personal data of a user: everything that belongs to no organization, in one document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import (
    AccountRequest,
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
from services.accounts import accounts, members
from services.accounts import mails as account_mails
from services.accounts import sessions as user_sessions
from services.accounts.accounts import Profile
from services.accounts.login import history, passkeys, throttle
from services.audit import erasure
from services.errors import Conflict


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


def delete_account(session: Session, user_id: int, *, current_password: str, now: datetime) -> None:
    """Leave every organization and delete the account. Raise `Conflict` for a last owner.

    The user's actions remain in the history of the organizations, without their name.
    """
    user = accounts.prove(session, user_id, current_password)
    email = user.email
    # A transaction that acts for one organization cannot see the others.
    act_for_nobody(session)
    for membership in accounts.memberships(session, user_id):
        act_for(session, membership.organization.id)
        try:
            members.leave(session, membership.organization.id, user_id)
        except Conflict as error:
            raise Conflict(
                f"You are the last owner of {membership.organization.name}. First make another "
                "member an owner, or delete the organization."
            ) from error
    for condition in (
        AccountRequest.user_id == user_id,
        func.lower(AccountRequest.email) == email.lower(),
    ):
        session.execute(delete_rows(AccountRequest).where(condition))
    throttle.forget_account(session, email.lower(), now=now)
    account_mails.record(session, AccountEvent.ACCOUNT_DELETED, email, now=now)
    erasure.erase_person(session, user)
    session.delete(user)
    session.flush()
