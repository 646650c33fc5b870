"""Closes an account: nobody can log in to it at once. Within the grace, its mail restores it."""

import uuid
from datetime import datetime

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from domain.alerting.account_event import AccountEvent
from models import AccountRequest, Membership, Organization, RefreshToken, User
from models.session import act_for, act_for_nobody
from security.links import LIFETIMES, LinkError, Links, Purpose
from services.accounts import accounts, members, one_time_links
from services.accounts import mails as account_mails
from services.accounts import sessions as user_sessions
from services.accounts.login import account_acts, throttle
from services.audit import acts
from services.errors import Conflict, Unauthenticated

GRACE = LIFETIMES[Purpose.RESTORE_ACCOUNT]


def close(session: Session, user_id: int, *, current_password: str, now: datetime) -> None:
    """Close an account. Raise `Conflict` for the last owner of an organization.

    Its machines stop, and no organization shows the member any more. All sessions end for good.
    """
    user = accounts.prove(session, user_id, current_password)
    if user.closed_at is not None:
        return
    # A transaction that acts for one organization cannot see the others.
    act_for_nobody(session)
    for membership in accounts.memberships(session, user_id):
        _log_out_of(session, user_id, membership.organization)
    session.execute(
        delete_rows(AccountRequest).where(
            or_(
                AccountRequest.user_id == user_id,
                func.lower(AccountRequest.email) == user.email.lower(),
            )
        )
    )
    user_sessions.end_all(session, user_id)
    throttle.forget_account(session, user.email.lower(), now=now)
    user.closed_at, user.restore_id = now, uuid.uuid4()
    flag_modified(user, "updated_at")
    account_mails.record(
        session,
        AccountEvent.ACCOUNT_CLOSED,
        user.email,
        request_id=user.restore_id,
        facts={"Restore until": f"{now + GRACE:%Y-%m-%d %H:%M} UTC"},
        now=now,
    )
    session.flush()


def _log_out_of(session: Session, user_id: int, organization: Organization) -> None:
    """End the logins of a user in an organization, unless they are its last owner."""
    act_for(session, organization.id)
    members.lock(session, organization.id)
    own = Membership.user_id == user_id, Membership.organization_id == organization.id
    try:
        members.refuse_last_owner(session, session.scalars(select(Membership).where(*own)).one())
    except Conflict as error:
        raise Conflict(
            f"You are the last owner of {organization.name}. First make another "
            "member an owner, or delete the organization."
        ) from error
    session.execute(
        delete_rows(RefreshToken).where(
            RefreshToken.user_id == user_id, RefreshToken.organization_id == organization.id
        )
    )


def restore(session: Session, links: Links, *, token: str, now: datetime) -> None:
    """Open a closed account again. The person logs in as before, and the machines work.

    Raise `Unauthenticated` if the link was used before, or if the grace is over.
    """
    try:
        subject = links.read(Purpose.RESTORE_ACCOUNT, token, now=now)
    except LinkError as error:
        raise Unauthenticated(one_time_links.INVALID_LINK) from error
    user = session.scalars(
        select(User)
        .where(User.restore_id == subject.id, User.closed_at > now - GRACE)
        .with_for_update()
    ).one_or_none()
    if user is None:
        raise Unauthenticated(one_time_links.INVALID_LINK)
    user.closed_at = user.restore_id = None
    # The person changed nothing.
    flag_modified(user, "updated_at")
    session.flush()
    account_acts.declare(session, user.id)
    acts.aim(session, "user", user.public_id, user.email)
