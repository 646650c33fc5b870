"""Channels that no longer work: disabled, with a notice, until somebody enables them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Channel, Contact, Delivery
from models.delivery import DeliveryState
from services.after_commit import hints
from services.contacts import opt_in
from services.errors import Conflict
from services.events import deliveries as delivery_events
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients

_LONGEST_REASON = 500


def disable(session: Session, refused: Delivery, *, reason: str, now: datetime) -> None:
    """Disable the channel of this delivery.

    Its waiting messages become dead letters. Each disabling notifies the owners once at their login
    addresses, and the contact on its other channels.
    """
    place = (refused.organization_id, refused.kind, refused.address)
    channels = silence(session, *place, reason=reason, now=now)
    if channels:
        _notify(session, channels, reason, now)


def silence(
    session: Session, organization_id: int, kind: str, address: str, *, reason: str, now: datetime
) -> Sequence[Channel]:
    """Disable an address, and return its channels that were enabled until now."""
    channels = session.scalars(
        select(Channel)
        .where(
            Channel.leads_to(organization_id, kind, address),
            Channel.disabled_at.is_(None),
        )
        .order_by(Channel.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    for channel in channels:
        channel.disabled_at = now
        channel.disabled_reason = reason[:_LONGEST_REASON]
    if channels:
        hints.note(session, organization_id, "contacts")
        _give_up_waiting(session, channels[0], reason, now)
    return channels


def enable(session: Session, channel: Channel, *, now: datetime) -> None:
    """Enable a channel; its dead letters stay dead.

    A recipient who unsubscribed is asked again first. Raise `Conflict` if it is not disabled.
    """
    if channel.disabled_at is None:
        raise Conflict("This channel is not disabled.")
    channel.disabled_at = None
    channel.disabled_reason = None
    channel.updated_at = now
    session.flush()
    if channel.confirmed_at is None:
        opt_in.begin(session, [channel], now=now)


def _give_up_waiting(session: Session, channel: Channel, reason: str, now: datetime) -> None:
    buried = session.scalars(
        update(Delivery)
        .where(
            Delivery.goes_to(channel.organization_id, channel.kind, channel.address),
            Delivery.state == DeliveryState.PENDING,
        )
        .values(
            state=DeliveryState.DEAD,
            digest_id=None,
            last_error=f"The channel is disabled: {reason}"[:_LONGEST_REASON],
        )
        .returning(Delivery)
        .execution_options(populate_existing=True)
    ).all()
    delivery_events.failed(session, buried, now=now)


def _notify(session: Session, channels: Sequence[Channel], reason: str, now: datetime) -> None:
    channel = channels[0]
    owner = channel.organization_id
    contact_ids = {each.contact_id for each in channels if each.contact_id is not None}
    names = session.scalars(
        select(Contact.name).where(Contact.id.in_(contact_ids)).order_by(Contact.id)
    ).all()
    others = [
        *outbox_recipients.owners(session, owner),
        *outbox_recipients.of_contacts(session, owner, contact_ids),
    ]
    facts = [("Channel", f"{channel.kind} {channel.address}"), ("Contact", ", ".join(names))]
    deliveries.record(
        session,
        organization_id=owner,
        dedup_key=f"channel/{channel.id}/disabled/{now.timestamp():.0f}",
        event=AlertEvent.CHANNEL_DISABLED,
        channels=[
            each
            for each in others
            if (each.kind, each.address.lower()) != (channel.kind, channel.address.lower())
        ],
        facts={"cause": reason[:_LONGEST_REASON], "facts": facts},
        now=now,
    )
