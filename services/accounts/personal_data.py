"""What is kept of a person: everything that is theirs and of no organization, in one document."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ApiKey, Invitation, ServiceAccount, User, UserSession
from models.session import act_for_nobody
from services.accounts import accounts
from services.accounts import sessions as user_sessions
from services.accounts.accounts import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData:
    """Of machines and invitations only those that the person made, in whichever organization."""

    user: User
    memberships: list[Profile]
    sessions: list[UserSession]
    api_keys: list[ApiKey]
    service_accounts: list[ServiceAccount]
    invitations: list[Invitation]


def of_user(session: Session, user_id: int) -> OwnData:
    """Collect it from all organizations; the transaction acts for none of them afterwards."""
    act_for_nobody(session)
    return OwnData(
        user=session.get_one(User, user_id),
        memberships=list(accounts.memberships(session, user_id)),
        sessions=list(user_sessions.of_user(session, user_id)),
        api_keys=list(session.scalars(select(ApiKey).where(ApiKey.created_by == user_id))),
        service_accounts=list(
            session.scalars(select(ServiceAccount).where(ServiceAccount.created_by == user_id))
        ),
        invitations=list(
            session.scalars(select(Invitation).where(Invitation.invited_by == user_id))
        ),
    )
