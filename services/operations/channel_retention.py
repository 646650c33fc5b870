"""Forgets deleted channels: first what was secret in them, and in the end that there was one."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, update
from sqlalchemy.orm import Session

from models import Channel, Delivery, Incident
from models.delivery import OPEN

KEPT = timedelta(days=30)
"""For how long who was told of an outage can still be told of its end."""


def forget(session: Session, *, now: datetime) -> None:
    """Wipe the secrets of channels that were deleted long ago, and delete those never written to.

    While an outage goes on that was told there, or a message is on its way, the channel is needed.
    """
    gone = and_(Channel.deleted_at < now - KEPT, ~_is_needed())
    session.execute(
        update(Channel)
        .where(gone, Channel.ciphertext.is_not(None))
        .values(data_key_id=None, nonce=None, ciphertext=None, shown={})
        .execution_options(synchronize_session=False)
    )
    written_to = exists().where(Delivery.channel_id == Channel.id)
    session.execute(
        delete(Channel).where(gone, ~written_to).execution_options(synchronize_session=False)
    )


def _is_needed() -> ColumnElement[bool]:
    """Say of `Channel` whether something is still to be told there."""
    goes_on = exists().where(
        Incident.monitor_id == Delivery.monitor_id, Incident.ended_at.is_(None)
    )
    return exists().where(
        Delivery.channel_id == Channel.id,
        or_(Delivery.state.in_(OPEN), and_(Delivery.chain_id.is_not(None), goes_on)),
    )
