"""Attempts to send a delivery, and the answer to each."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.relay.retry import GIVE_UP_AFTER
from models import Delivery, DeliveryAttempt
from models.delivery import DeliveryState
from services.relay.stages import Claim, Dropped

LEASE = timedelta(seconds=60)
"""Twice the longest time that a notifier may take."""

_LONGEST = 500


def take_back_abandoned(session: Session, claim: Claim) -> Claim:
    """Stage: take the delivery back if the lease of another relay ran out."""
    return replace(claim, was_abandoned=take_back(session, claim.delivery))


def give_up_abandoned(session: Session, claim: Claim) -> Claim | Dropped:
    """Stage: give up a delivery whose relays have died for a day."""
    del session
    delivery = claim.delivery
    since = delivery.tried_since or claim.now
    if not claim.was_abandoned or claim.now < since + GIVE_UP_AFTER:
        return claim
    reason = delivery.last_error or "No attempt to send the message finished."
    return Dropped(DeliveryState.DEAD, reason)


def write(  # noqa: PLR0913 - one for each thing that an attempt is
    session: Session,
    delivery: Delivery,
    *,
    began_at: datetime,
    ended_at: datetime,
    accepted: bool,
    answer: str,
    segments: int = 0,
) -> None:
    session.add(
        DeliveryAttempt(
            delivery_id=delivery.id,
            attempt=delivery.attempt,
            organization_id=delivery.organization_id,
            began_at=began_at,
            ended_at=max(began_at, ended_at),
            accepted=accepted,
            answer=answer[:_LONGEST],
            segments=segments,
        )
    )


def take_back(session: Session, delivery: Delivery) -> bool:
    """Take a delivery back if the lease of its relay ran out, and record that attempt.

    The relay died before it could record an answer. Return whether there was such a lease.
    """
    if delivery.state is not DeliveryState.SENDING or delivery.lease_until is None:
        return False
    write(
        session,
        delivery,
        began_at=delivery.lease_until - LEASE,
        ended_at=delivery.lease_until,
        accepted=False,
        answer="The sending process ended before it recorded the answer.",
    )
    delivery.state = DeliveryState.PENDING
    delivery.lease_until = None
    return True


def count_of_this_life(session: Session, delivery: Delivery) -> int:
    """Count the attempts since the delivery was written or resent."""
    query = select(func.count()).where(
        DeliveryAttempt.delivery_id == delivery.id,
        DeliveryAttempt.began_at >= (delivery.tried_since or delivery.created_at),
    )
    return session.scalars(query).one()
