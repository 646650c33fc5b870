"""Where a claimed delivery goes: its current channel, decrypted for the notifier."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import ENDS, AlertEvent
from models import Channel, Delivery
from models.delivery import DeliveryState
from notifiers.base import Destination
from security.vault import KeyRing
from services.contacts import channel_settings
from services.relay.stages import Claim, Dropped

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The final state and the reason of a message that may no longer go to its channel."""

    state: DeliveryState
    reason: str


def refuse_unusable(session: Session, claim: Claim) -> Claim | Dropped:
    """Stage: drop a message that may no longer go to its channel."""
    found = refusal(session, claim.delivery)
    return claim if found is None else Dropped(found.state, found.reason)


def refusal(session: Session, delivery: Delivery) -> Refusal | None:
    """Return why the message may not go to its channel, which may have changed since."""
    return refusal_by(_channel(session, delivery), delivery)


def refusal_by(channel: Channel | None, delivery: Delivery) -> Refusal | None:
    """Return why this channel may not receive the message now.

    A channel that was notified of an outage receives the recovery, even after it was deleted.
    """
    if channel is None:
        return None
    if channel.disabled_at is not None:
        why = f"The channel is disabled: {channel.disabled_reason or 'it no longer works.'}"
        return Refusal(DeliveryState.DEAD, why)
    is_question = delivery.event is AlertEvent.CONFIRM
    if is_question == (channel.confirmed_at is not None):
        why = "The channel is confirmed." if is_question else "The channel is not confirmed."
        return Refusal(DeliveryState.CANCELLED, why)
    if channel.deleted_at is not None and delivery.event not in ENDS:
        return Refusal(DeliveryState.CANCELLED, "The channel was deleted.")
    return None


def channels_of(session: Session, deliveries: Iterable[Delivery]) -> Mapping[int | None, Channel]:
    """Return the current channels of deliveries, by id."""
    ids = {each.channel_id for each in deliveries if each.channel_id is not None}
    if not ids:
        return {}
    query = select(Channel).where(Channel.id.in_(ids))
    found = session.scalars(query.execution_options(populate_existing=True))
    return {channel.id: channel for channel in found}


def opened(
    session: Session, delivery: Delivery, ring: KeyRing | None, *, now: datetime
) -> Destination | None:
    """Return the channel with its settings decrypted, or None if they cannot be read now."""
    channel = _channel(session, delivery)
    if channel is None or channel.ciphertext is None:
        return Destination(delivery.address)
    if ring is None:
        log.error("channel_without_key_ring", channel_id=channel.id)
        return None
    try:
        return channel_settings.destination(session, channel, ring, now=now)
    except channel_settings.UNREADABLE as error:
        log.error(  # noqa: TRY400 - a trace could hold what was decrypted
            "channel_unreadable", channel_id=channel.id, error=type(error).__name__
        )
        return None


def _channel(session: Session, delivery: Delivery) -> Channel | None:
    if delivery.channel_id is None:
        return None
    return session.get(Channel, delivery.channel_id, populate_existing=True)
