"""Marks the outcome of a claimed delivery. A mark counts only while the claim holds."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.relay.retry import next_attempt
from models import Delivery
from models.delivery import DeliveryState
from notifiers.base import NotifierError, Receipt
from services.after_commit import hints
from services.contacts import channel_health
from services.events import deliveries as delivery_events
from services.events import ordering as event_ordering
from services.outbox import rate_limits
from services.relay import attempts, claims, digests
from services.relay import order as delivery_order
from services.relay.claims import Claimed
from services.relay.texts import quota as text_quota

_ERROR_LENGTH = 500


def mark_sent(
    session: Session,
    claimed: Claimed,
    receipt: Receipt,
    *,
    now: datetime,
) -> None:
    """Record that the provider accepted the message, and wake the deliveries that waited for it."""
    delivery = _in_hand(session, claimed)
    if delivery is None:
        return
    hints.note(session, delivery.organization_id, "deliveries")
    _write_attempt(session, delivery, claimed, receipt.answer, now, accepted=True)
    delivery.state = DeliveryState.SENT
    delivery.sent_at = now
    delivery.lease_until = None
    delivery.provider_reference = receipt.reference
    together = digests.members(session, delivery)
    digests.mark_merged(together, now=now)
    text_quota.warn(session, delivery, claimed.alert, now=now)
    session.flush()
    delivery_order.wake_unblocked(session, [delivery, *together], now=now)


def mark_failed(
    session: Session, claimed: Claimed, error: NotifierError, *, now: datetime, chance: float
) -> datetime | None:
    """Record why the attempt failed. Return when the next is due, or None if there is none.

    A permanently unusable channel is disabled. If this was the last attempt, the deliveries that
    waited for it are woken.
    """
    delivery = _in_hand(session, claimed)
    if delivery is None:
        return None
    hints.note(session, delivery.organization_id, "deliveries")
    _write_attempt(session, delivery, claimed, str(error), now, accepted=False)
    text_quota.give_back(session, delivery, claimed.alert, reserved_at=claimed.began_at)
    delivery.last_error = str(error)[:_ERROR_LENGTH]
    delivery.lease_until = None
    if error.retry_after:
        _delay_channel(session, delivery, error.retry_after, now)
    again = None if error.permanent else _again(session, delivery, error, chance, now)
    if again is not None:
        delivery.state = DeliveryState.PENDING
        delivery.next_attempt_at = again
        session.flush()
        if delivery.event is AlertEvent.EVENT:
            event_ordering.wake_following(session, delivery, now=now)
    else:
        _end(session, delivery, error, now)
    return again


def _end(session: Session, delivery: Delivery, error: NotifierError, now: datetime) -> None:
    """Give the delivery up; if only a digest was refused, dissolve it instead."""
    together = digests.members(session, delivery)
    if together and error.permanent and not error.channel_gone:
        digests.dissolve(session, delivery, together, now=now)
        return
    digests.release(together, now=now)
    delivery.is_digest = False
    for each in (delivery, *together):
        each.state = DeliveryState.DEAD
        each.last_error = delivery.last_error
    if error.channel_gone:
        channel_health.disable(session, delivery, reason=str(error), now=now)
    session.flush()
    delivery_events.failed(session, [delivery, *together], now=now)
    delivery_order.wake_unblocked(session, [delivery, *together], now=now)


def _in_hand(session: Session, claimed: Claimed) -> Delivery | None:
    """Return the delivery if the claim still holds and no later claim was made."""
    channel = claims.channel_of(session, claimed.id)
    if channel is None:
        return None
    rate_limits.lock(session, *channel)
    query = (
        select(Delivery)
        .where(
            Delivery.id == claimed.id,
            Delivery.attempt == claimed.attempt,
            Delivery.state == DeliveryState.SENDING,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(query).one_or_none()


def _write_attempt(
    session: Session,
    delivery: Delivery,
    claimed: Claimed,
    answer: str,
    now: datetime,
    *,
    accepted: bool,
) -> None:
    attempts.write(
        session,
        delivery,
        began_at=claimed.began_at,
        ended_at=now,
        accepted=accepted,
        answer=f"{claimed.alert.rendered.problem} {answer}".lstrip(),
        segments=text_quota.segments_of(delivery.kind, claimed.alert) if accepted else 0,
    )


def _again(
    session: Session, delivery: Delivery, error: NotifierError, chance: float, now: datetime
) -> datetime | None:
    return next_attempt(
        attempt=max(1, attempts.count_of_this_life(session, delivery)),
        since=delivery.tried_since or delivery.created_at,
        now=now,
        chance=chance,
        retry_after=error.retry_after,
    )


def _delay_channel(session: Session, delivery: Delivery, seconds: float, now: datetime) -> None:
    rate_limit = rate_limits.lock(
        session, delivery.organization_id, delivery.kind, delivery.address
    )
    rate_limits.delay(rate_limit, seconds=seconds, now=now)
