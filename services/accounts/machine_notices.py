"""Word to the owners of an organization that a machine was given access to it."""

from datetime import datetime

from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent
from models import Organization, User
from services.accounts import mails as account_mails
from services.outbox import recipients as outbox_recipients


def tell(
    session: Session, organization_id: int, *, what: str, name: str, maker_id: int, now: datetime
) -> None:
    """Tell each owner what was made, by which name, and by whom; the thing itself is never told."""
    facts = {
        "Organization": session.get_one(Organization, organization_id).name,
        what: name,
        "Made by": session.get_one(User, maker_id).email,
    }
    for owner in outbox_recipients.owners(session, organization_id):
        account_mails.record(
            session, AccountEvent.MACHINE_MADE, owner.address, facts=facts, now=now
        )
