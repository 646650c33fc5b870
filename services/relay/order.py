"""Applies `domain/relay/notification_order.py` to the outbox: what comes first, what is merged, what is left out."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from domain.alerting.alert import OF_STABILITY, OPENINGS, AlertEvent
from domain.relay import notification_order
from domain.relay.notification_order import Message, Stage
from models import Delivery, Incident
from models.delivery import LOST, OPEN, DeliveryState
from services.events import ordering as event_ordering
from services.outbox import wakes
from services.relay import attempts
from services.warnings import expiry_messages

_TOLD = (DeliveryState.SENT, DeliveryState.MERGED)


def settle(session: Session, delivery: Delivery, *, now: datetime) -> Delivery | None:
    """Return what goes now: this due delivery, or the end that tells it too; nothing if it waits.

    What is overtaken is cancelled. The caller holds the channel's pace.
    """
    if delivery.event is AlertEvent.EVENT:
        return event_ordering.first(session, delivery, now=now)
    if expiry_messages.is_overtaken(session, delivery):
        _leave_out(delivery)
        return None
    story = _story(session, delivery)
    if story is None:
        return delivery
    leading = _leading(session, story)
    decision = notification_order.decide(
        [_message(row, row.id in leading, now) for row in story],
        delivery.id,
        is_stale=_is_stale(session, delivery, now),
    )
    if decision.awaits is not None and delivery.event in OPENINGS | OF_STABILITY:
        # That any other waits is seen by `is_blocked`.
        _wait(session, delivery, next(row for row in story if row.id == decision.awaits))
    return _carry_out(session, story, decision)


def settle_part(session: Session, part: Delivery, *, now: datetime) -> bool:
    """Say whether a part of a digest that was tried before is still to be told with it.

    What becomes of it instead is written down, but for its place in the digest. The part that
    leads stays where it is, since the others need its key.
    """
    if expiry_messages.is_overtaken(session, part):
        if part.digest_id is not None:
            _leave_out(part)
        return False
    story = _story(session, part)
    if story is None:
        return True
    leading = _leading(session, story)
    messages = (_message(row, row.id in leading, now) for row in story)
    decision = notification_order.decide_part(
        [
            replace(each, stage=Stage.DUE, is_tried=True) if each.id == part.id else each
            for each in messages
        ],
        part.id,
        is_stale=_is_stale(session, part, now),
    )
    if decision.send == part.id:
        return True
    leads = part.id in leading
    _carry_out(session, story, decision, but=part.id if leads else None)
    return leads and not decision.is_made


def _leave_out(delivery: Delivery) -> None:
    delivery.state = DeliveryState.CANCELLED
    delivery.last_error = expiry_messages.RENEWED


def _wait(session: Session, delivery: Delivery, awaited: Delivery) -> None:
    """Be due no earlier than what it waits for: what is due for long looks as if nobody sent it."""
    if awaited.digest_id is not None:
        awaited = session.get_one(Delivery, awaited.digest_id, populate_existing=True)
    delivery.next_attempt_at = max(delivery.next_attempt_at, awaited.next_attempt_at)


def _carry_out(
    session: Session,
    story: Sequence[Delivery],
    decision: notification_order.Decision,
    *,
    but: int | None = None,
) -> Delivery | None:
    """Write down what was decided, but leave one row as it is; return what goes now."""
    rows = {row.id: row for row in story}
    chosen = rows[decision.send] if decision.send is not None else None
    for overtaken in {*decision.cancel, *decision.merge} - {but}:
        attempts.take_back(session, rows[overtaken])
        merged = overtaken in decision.merge
        rows[overtaken].state = DeliveryState.MERGED if merged else DeliveryState.CANCELLED
        if merged:
            rows[overtaken].digest_id = decision.send
    if decision.merge and chosen is not None and chosen.event is AlertEvent.UP:
        chosen.event = AlertEvent.MISSED
    session.flush()
    return chosen


def outage_of(session: Session, delivery: Delivery) -> Delivery:
    """Return what told this channel of the outage first, or the delivery itself.

    What was ever tried may have arrived, so it counts, too: also a dead letter, which somebody may
    send again, and which is then overtaken. So the first one stays the same until the end.
    """
    if delivery.chain_id is None:
        return delivery
    left_a_digest = and_(
        Delivery.state == DeliveryState.CANCELLED, Delivery.tried_since.is_not(None)
    )
    first = session.scalars(
        select(Delivery)
        .where(
            delivery.shares_channel(),
            Delivery.chain_id == delivery.chain_id,
            Delivery.event.in_(OPENINGS),
            or_(Delivery.state.in_(_TOLD), Delivery.attempt > 0, left_a_digest),
        )
        .order_by(Delivery.id)
        .limit(1)
    ).one_or_none()
    return first or delivery


def is_blocked() -> ColumnElement[bool]:
    """Say of `Delivery` whether it waits for the message about its outage, to the same channel."""
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
        ~exists().where(of_outage, opening.state.in_(_TOLD)),
    )


def wake_unblocked(session: Session, told: Sequence[Delivery], *, now: datetime) -> None:
    """Wake relays for what may go, or can be settled, now that these reached their channel or never will."""
    this = told[0]
    if this.event is AlertEvent.EVENT:
        event_ordering.wake_following(session, this, now=now)
        return
    chains = {each.chain_id for each in told if each.event in OPENINGS}
    unstable = {each.monitor_id for each in told if each.event in OF_STABILITY}
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


def _story(session: Session, delivery: Delivery) -> Sequence[Delivery] | None:
    """Return what belongs together with this delivery, by id, if anything does."""
    if delivery.chain_id is not None:
        belongs = Delivery.chain_id == delivery.chain_id
    elif delivery.event in OF_STABILITY:
        belongs = and_(Delivery.monitor_id == delivery.monitor_id, Delivery.event.in_(OF_STABILITY))
    else:
        return None
    query = select(Delivery).where(delivery.shares_channel(), belongs).order_by(Delivery.id)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _leading(session: Session, story: Sequence[Delivery]) -> Collection[int | None]:
    """Return which of them are to say others too: those cannot become a part of anything."""
    query = select(Delivery.digest_id).where(
        Delivery.digest_id.in_([row.id for row in story]),
        Delivery.state == DeliveryState.PENDING,
    )
    return set(session.scalars(query))


def _message(row: Delivery, leads: bool, now: datetime) -> Message:  # noqa: FBT001 - of the row
    return Message(
        id=row.id,
        event=AlertEvent(row.event),
        stage=_stage(row, leads, now),
        written_at=row.created_at,
        told_at=row.sent_at,
        is_tried=row.attempt > 0,
    )


def _stage(row: Delivery, leads: bool, now: datetime) -> Stage:  # noqa: FBT001 - of the row
    if row.state in _TOLD:
        return Stage.TOLD
    if row.state in LOST:
        return Stage.LOST
    leased = row.lease_until is not None and row.lease_until > now
    # One of several that go as a digest stays as it is until that is through.
    if leased or leads or row.digest_id is not None:
        return Stage.IN_HAND
    return Stage.DUE if row.next_attempt_at <= now else Stage.POSTPONED


def _is_stale(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Say whether a reminder or an acknowledgement is about what is settled by now."""
    if delivery.event not in {AlertEvent.REMINDER, AlertEvent.ACKNOWLEDGED}:
        return False
    incident = session.get_one(Incident, delivery.incident_id, populate_existing=True)
    if incident.ended_at is not None:
        return True
    if delivery.event is AlertEvent.ACKNOWLEDGED:
        return incident.acknowledged_at is None
    snoozed = incident.snoozed_until is not None and incident.snoozed_until > now
    return snoozed or incident.acknowledged_at is not None
