"""Secrets that were replaced: deleted when the time is over in which they were good beside the new ones."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from models import ApiKey, Channel, Heartbeat, ServiceAccount
from security.vault import KeyRing
from services.contacts import channel_settings
from services.contacts.channel_settings import USUAL_OVERLAP

_FORMER = ("old_secret", "old_signing_key")


def forget_of_machines(session: Session, *, now: datetime) -> None:
    """Delete those of API keys and service accounts."""
    for table in (ApiKey, ServiceAccount):
        session.execute(
            update(table)
            .where(table.former_until <= now)
            .values(former_hash=None, former_until=None, updated_at=table.updated_at)
            .execution_options(synchronize_session=False)
        )


def forget_of_heartbeats(session: Session, *, now: datetime) -> None:
    """Delete the hashes of addresses that were replaced."""
    session.execute(
        update(Heartbeat)
        .where(Heartbeat.former_until <= now)
        .values(former_hash=None, former_until=None)
        .execution_options(synchronize_session=False)
    )


def ended(session: Session, *, now: datetime) -> Sequence[int]:
    """Return the channels in which there are some whose time is over.

    What was written by a process that knew of no end gets one.
    """
    endless = or_(*(Channel.shown[name]["set"].as_boolean() for name in _FORMER))
    session.execute(
        update(Channel)
        .where(Channel.former_until.is_(None), endless)
        .values(former_until=now + USUAL_OVERLAP, updated_at=Channel.updated_at)
        .execution_options(synchronize_session=False)
    )
    over = select(Channel.id).where(Channel.former_until <= now).order_by(Channel.id)
    return session.scalars(over).all()


def forget(session: Session, channel_id: int, *, ring: KeyRing, now: datetime) -> None:
    """Delete those of a channel; raises `Conflict` if it cannot be read."""
    channel = session.scalars(
        select(Channel)
        .where(Channel.id == channel_id, Channel.former_until <= now)
        .with_for_update(key_share=True)
    ).one_or_none()
    if channel is not None:
        channel_settings.forget_former(session, channel, ring=ring, now=now)
