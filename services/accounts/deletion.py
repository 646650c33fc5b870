"""The end of an account: its memberships, machines, sessions and everything that names it."""

from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import func
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import AccountRequest
from models.session import act_for, act_for_nobody
from services.accounts import accounts, login_throttle, members
from services.accounts import mails as account_mails
from services.errors import Conflict


def delete(session: Session, user_id: int, *, current_password: str, now: datetime) -> None:
    """Leave every organization and delete the account; raises `Conflict` for the last owner of one.

    What the user did stays written in the history of the organizations.
    """
    user = accounts.prove(session, user_id, current_password)
    email = user.email
    # Its organizations are known to nobody who acts for one of them.
    act_for_nobody(session)
    for membership in accounts.memberships(session, user_id):
        act_for(session, membership.organization.id)
        try:
            members.leave(session, membership.organization.id, user_id)
        except Conflict as error:
            raise Conflict(
                f"You are the last owner of {membership.organization.name}."
                " Make somebody else one, or delete it, first."
            ) from error
    for condition in (
        AccountRequest.user_id == user_id,
        func.lower(AccountRequest.email) == email.lower(),
    ):
        session.execute(delete_rows(AccountRequest).where(condition))
    login_throttle.forget_account(session, email.lower(), now=now)
    account_mails.record(session, AccountEvent.ACCOUNT_DELETED, email, now=now)
    session.delete(user)
    session.flush()
