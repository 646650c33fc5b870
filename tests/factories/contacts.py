"""People who agreed to get messages."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Channel, Delivery
from models.session import database_now
from services.contacts import opt_in


def all_agree(session: Session) -> None:
    """Let everybody have agreed long ago: of the questions nothing is left."""
    now = database_now(session)
    for channel in session.scalars(select(Channel)).all():
        opt_in.confirm(session, channel, now=now)
    session.execute(delete(Delivery).where(Delivery.event == AlertEvent.CONFIRM))
    session.commit()
