"""The act of the reader of a message, who has no account, for the audit log."""

from sqlalchemy.orm import Session

from models import Channel
from models.audit_entry import ActorKind
from services.audit import acts
from services.audit.acts import Actor


def declare(session: Session, channel: Channel) -> None:
    """Declare what the reader of a channel does by a link in a message to it."""
    reader = Actor(kind=ActorKind.LINK, label=channel.address)
    acts.declare(session, channel.organization_id, reader)
    acts.aim(session, "channel", channel.public_id, channel.address)
