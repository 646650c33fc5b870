"""The act of a user who is in no organization at the moment, for the audit log."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Membership
from models.session import act_for, act_for_nobody
from services.audit import acts


def declare(session: Session, user_id: int) -> None:
    """Declare what a user did through a link, in the chain that a login would be in.

    A user without an organization is in the chain of the installation. The transaction acts for the
    owner of the chain from here on.
    """
    act_for_nobody(session)
    organization_id = session.scalar(
        select(Membership.organization_id)
        .where(Membership.user_id == user_id)
        .order_by(Membership.id)
        .limit(1)
    )
    owner = acts.INSTANCE if organization_id is None else organization_id
    act_for(session, owner)
    acts.declare_user(session, owner, user_id)
    acts.wrote(session)
