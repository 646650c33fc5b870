"""The act of a login that was denied, for the audit log."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Membership, User
from models.audit_entry import ActorKind
from models.session import act_for, act_for_nobody
from services.audit import acts
from services.audit.acts import Actor

_NOBODY = Actor(kind=ActorKind.NOBODY)


def declare(session: Session, email: str | None, *, by_code: bool) -> None:
    """Declare a denied login, in the chain of the organization that the login would have been for.

    One to no account belongs to the chain of the installation, without the address. So it costs as
    much as any other, and its time tells nobody whether there is an account.
    """
    act_for_nobody(session)
    row = session.execute(
        select(User.public_id, User.email, Membership.organization_id)
        .join(Membership, Membership.user_id == User.id)
        .where(func.lower(User.email) == (email or ""))
        .order_by(Membership.id)
        .limit(1)
    ).one_or_none()
    organization_id = acts.INSTANCE if row is None else row.organization_id
    act_for(session, organization_id)
    acts.declare(session, organization_id, _NOBODY)
    acts.name(session, "session.denied")
    acts.aim(
        session,
        "user",
        None if row is None else row.public_id,
        None if row is None else row.email,
    )
    acts.note(session, wrong="code" if by_code else "password")
    acts.wrote(session)
