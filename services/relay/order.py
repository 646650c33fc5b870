"""Applies `domain/relay/notification_order.py` to the outbox: order, merging, cancelling."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from domain.alerting.alert import OF_STABILITY, OPENINGS, AlertEvent
from domain.relay import notification_order
from domain.relay.notification_order import Decision, Message, Stage
from models import Delivery
from models.delivery import LOST, OPEN, DeliveryState
from services.events import ordering as event_ordering
from services.outbox import wakes
from services.relay import attempts, candidates
from services.relay.candidates import Candidates
from services.relay.stages import Claim, Dropped, Postponed
from services.warnings import expiry_messages

_NOTIFIED = (DeliveryState.SENT, DeliveryState.MERGED)


def put_in_order(session: Session, claim: Claim) -> Claim | Postponed | Dropped:
    """Stage: go on with this delivery, or with the one that goes in its place.

    A digest that was attempted stays unchanged: messages that follow its parts wait for it.
    """
    delivery = claim.delivery
    if claim.members:
        return claim
    if delivery.event is AlertEvent.EVENT:
        first = event_ordering.first(session, delivery, now=claim.now)
        return Postponed() if first is None else _go_on_with(session, claim, first)
    if expiry_messages.is_overtaken(session, delivery):
        return Dropped(DeliveryState.CANCELLED, expiry_messages.RENEWED)
    known = candidates.load(session, [delivery])
    decision = decide(known, delivery, now=claim.now)
    chosen = apply(session, known, decision)
    if chosen is not None:
        return _go_on_with(session, claim, chosen)
    if delivery.id in decision.cancel:
        return Dropped(DeliveryState.CANCELLED)
    return Postponed(_until(session, known, delivery, decision))


def decide(known: Candidates, delivery: Delivery, *, now: datetime) -> Decision:
    """Decide about a due delivery among the related ones."""
    story = known.story_of(delivery)
    if not story:
        return Decision(send=delivery.id)
    return notification_order.decide(
        [_message(row, row.id in known.leaders, now) for row in story],
        delivery.id,
        is_stale=known.is_stale(delivery, now),
    )


def apply(session: Session, known: Candidates, decision: Decision) -> Delivery | None:
    """Record a decision and return the delivery to send now, if there is one."""
    rows = known.rows
    for overtaken in (*decision.cancel, *decision.merge):
        attempts.take_back(session, rows[overtaken])
        rows[overtaken].state = DeliveryState.CANCELLED
    for merged in decision.merge:
        rows[merged].state = DeliveryState.MERGED
        rows[merged].digest_id = decision.send
    chosen = None if decision.send is None else rows[decision.send]
    if decision.merge and chosen is not None and chosen.event is AlertEvent.UP:
        chosen.event = AlertEvent.MISSED
    return chosen


def _go_on_with(session: Session, claim: Claim, chosen: Delivery) -> Claim:
    if chosen is claim.delivery:
        return claim
    was_abandoned = attempts.take_back(session, chosen)
    return replace(claim, delivery=chosen, was_abandoned=was_abandoned)


def _until(
    session: Session, known: Candidates, delivery: Delivery, decision: Decision
) -> datetime | None:
    """Return when the awaited delivery is due, or None if no time is needed.

    Without a later time, a delivery that is due would look as if no relay served it. Only openings
    and stability messages need one: `is_blocked` recognizes all others.
    """
    if decision.awaits is None or delivery.event not in OPENINGS | OF_STABILITY:
        return None
    awaited = known.rows[decision.awaits]
    if awaited.digest_id is not None:
        awaited = session.get_one(Delivery, awaited.digest_id, populate_existing=True)
    return max(delivery.next_attempt_at, awaited.next_attempt_at)


def outage_of(session: Session, delivery: Delivery) -> Delivery:
    """Return the first opening that this channel may have received of the outage.

    Return the delivery itself if there is none. An attempted message counts, because it may have
    arrived. A dead letter counts too: somebody may resend it after a later message was sent. So the
    answer stays the same until the end.
    """
    if delivery.chain_id is None:
        return delivery
    was_in_a_digest = and_(
        Delivery.state == DeliveryState.CANCELLED, Delivery.tried_since.is_not(None)
    )
    first = session.scalars(
        select(Delivery)
        .where(
            delivery.shares_channel(),
            Delivery.chain_id == delivery.chain_id,
            Delivery.event.in_(OPENINGS),
            or_(Delivery.state.in_(_NOTIFIED), Delivery.attempt > 0, was_in_a_digest),
        )
        .order_by(Delivery.id)
        .limit(1)
    ).one_or_none()
    return first or delivery


@cache
def is_blocked() -> ColumnElement[bool]:
    """Return whether a `Delivery` waits for the opening of its outage to the same channel."""
    opening = aliased(Delivery)
    of_outage = and_(
        opening.chain_id == Delivery.chain_id,
        opening.event.in_(OPENINGS),
        opening.kind == Delivery.kind,
        opening.address == Delivery.address,
    )
    return and_(
        Delivery.event.not_in(OPENINGS),
        exists().where(of_outage, opening.state.in_(OPEN)),
        ~exists().where(of_outage, opening.state.in_(_NOTIFIED)),
    )


def wake_unblocked(session: Session, notified: Sequence[Delivery], *, now: datetime) -> None:
    """Wake relays for the deliveries that waited for these, which were sent or given up."""
    this = notified[0]
    if this.event is AlertEvent.EVENT:
        event_ordering.wake_following(session, this, now=now)
        return
    chains = {each.chain_id for each in notified if each.event in OPENINGS}
    unstable = {each.monitor_id for each in notified if each.event in OF_STABILITY}
    waiting = select(Delivery.id).where(
        this.shares_channel(),
        Delivery.state == DeliveryState.PENDING,
        Delivery.digest_id.is_(None),
        Delivery.next_attempt_at <= now,
        or_(
            Delivery.chain_id.in_(chains),
            and_(Delivery.event.in_(OF_STABILITY), Delivery.monitor_id.in_(unstable)),
        ),
    )
    wakes.add(session, session.scalars(waiting.order_by(Delivery.id)))


def _message(row: Delivery, leads: bool, now: datetime) -> Message:  # noqa: FBT001 - of the row
    return Message(
        id=row.id,
        event=AlertEvent(row.event),
        stage=_stage(row, leads, now),
        written_at=row.created_at,
        notified_at=row.sent_at,
        is_tried=row.attempt > 0,
    )


def _stage(row: Delivery, leads: bool, now: datetime) -> Stage:  # noqa: FBT001 - of the row
    if row.state in _NOTIFIED:
        return Stage.NOTIFIED
    if row.state in LOST:
        return Stage.LOST
    leased = row.lease_until is not None and row.lease_until > now
    # A member of a digest does not change until the digest is sent or given up.
    if leased or leads or row.digest_id is not None:
        return Stage.IN_HAND
    return Stage.DUE if row.next_attempt_at <= now else Stage.POSTPONED
