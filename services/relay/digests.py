"""Applies `domain/relay/digest.py` to the outbox: waits for the minute and groups messages.

The first attempt freezes the members of a digest for all further attempts. A receiver knows the
digest by its key and would drop other news under that key as a repeat.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.relay import digest
from models import Delivery
from models.delivery import DeliveryState
from notifiers.registry import KINDS
from services.outbox import wakes
from services.relay import candidates, destinations, order
from services.relay.stages import Claim, Postponed
from services.warnings import expiry_messages

_UNTRIED = and_(
    Delivery.state == DeliveryState.PENDING,
    Delivery.attempt == 0,
    Delivery.tried_since.is_(None),
    Delivery.digest_id.is_(None),
)


def keep_members(session: Session, claim: Claim) -> Claim:
    """Stage: keep the members of the first attempt, if this delivery leads a digest."""
    return replace(claim, members=members(session, claim.delivery))


def wait_for_burst(session: Session, claim: Claim) -> Claim | Postponed:
    """Stage: postpone the messages of a burst to the end of their minute, to group them."""
    delivery, limit, now = claim.delivery, claim.settings.burst, claim.now
    if not _is_untried(delivery):
        # It may have been accepted under its own key, so it cannot be sent under another.
        return claim
    decide = digest.decide(
        AlertEvent(delivery.event),
        delivery.created_at,
        earlier=_earlier(session, delivery),
        waiting=_waiting(session, delivery, limit=limit, now=now),
        limit=limit,
        now=now,
    )
    if decide.wait_until is None:
        return replace(claim, goes_together=decide.together)
    _postpone_burst(session, delivery, decide.wait_until)
    return Postponed(decide.wait_until)


def gather_members(session: Session, claim: Claim) -> Claim:
    """Stage: add every other message that may go to the channel now."""
    if not claim.goes_together:
        return claim
    leader, now = claim.delivery, claim.now
    waiting = session.scalars(
        select(Delivery)
        .where(_due_together(leader, now), Delivery.id != leader.id)
        .order_by(Delivery.id)
        .limit(_most_parts(leader.kind) - 1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    if not waiting:
        return claim
    known = candidates.load(session, waiting)
    channels = destinations.channels_of(session, known.rows.values())
    chosen: dict[int, Delivery] = {}
    for each in waiting:
        # A decision about an earlier message may have settled this one as well.
        if each.state is not DeliveryState.PENDING:
            continue
        if expiry_messages.is_overtaken(session, each):
            each.state, each.last_error = DeliveryState.CANCELLED, expiry_messages.RENEWED
            continue
        goes = order.apply(session, known, order.decide(known, each, now=now))
        if goes is not None and goes is not leader and _is_untried(goes):
            chosen[goes.id] = goes
    allowed = [
        each
        for each in chosen.values()
        if destinations.refusal_by(channels.get(each.channel_id), each) is None
    ]
    return replace(claim, members=allowed)


def attach(leader: Delivery, members: Sequence[Delivery]) -> None:
    """Make these deliveries the members of a digest for all of its attempts."""
    leader.is_digest = bool(members)
    for member in members:
        member.digest_id = leader.id


def sent_before(session: Session, parts: Sequence[Delivery]) -> int:
    """Return how many changes of the same burst were sent one by one before a digest.

    `parts` are its deliveries, oldest first. A backlog is no burst.
    """
    first = next((each for each in parts if each.event in digest.CHANGES), None)
    if first is None or digest.minute_of(first.created_at) != digest.minute_of(
        parts[-1].created_at
    ):
        return 0
    return _earlier(session, first)


def members(session: Session, leader: Delivery) -> Sequence[Delivery]:
    """Return the members of the digest that this delivery leads."""
    return session.scalars(
        select(Delivery)
        .where(Delivery.digest_id == leader.id, Delivery.state == DeliveryState.PENDING)
        .order_by(Delivery.id)
        .execution_options(populate_existing=True)
    ).all()


def mark_merged(members: Sequence[Delivery], *, now: datetime) -> None:
    """Mark the members as sent: the provider accepted the digest."""
    for member in members:
        member.state = DeliveryState.MERGED
        member.sent_at = now


def release(members: Sequence[Delivery], *, now: datetime) -> None:
    """Retry each member by itself: the provider will never accept the digest."""
    for member in members:
        member.digest_id = None
        member.next_attempt_at = now
        member.tried_since = now


def dissolve(
    session: Session, leader: Delivery, members: Sequence[Delivery], *, now: datetime
) -> None:
    """Retry all parts of a refused digest one by one: a single part may be the reason."""
    leader.state = DeliveryState.PENDING
    leader.is_digest = False
    leader.next_attempt_at = now
    release(members, now=now)
    wakes.add(session, [leader.id, *(member.id for member in members)])


def _postpone_burst(session: Session, delivery: Delivery, until: datetime) -> None:
    """Postpone this delivery and the later ones of its minute to the same channel."""
    session.execute(
        update(Delivery)
        .where(
            delivery.shares_channel(),
            _in_minute_of(delivery),
            _UNTRIED,
            Delivery.event.in_(digest.CHANGES),
            Delivery.id >= delivery.id,
            Delivery.next_attempt_at < until,
        )
        .values(next_attempt_at=until)
    )


def _is_untried(delivery: Delivery) -> bool:
    return delivery.attempt == 0 and delivery.tried_since is None


def _most_parts(kind: str) -> int:
    # A newer version may have written a kind that this one does not know; it is sent alone.
    return KINDS[kind].most_parts if kind in KINDS else 1


def _earlier(session: Session, delivery: Delivery) -> int:
    query = select(func.count()).where(
        delivery.shares_channel(),
        _in_minute_of(delivery),
        Delivery.event.in_(digest.CHANGES),
        Delivery.state != DeliveryState.CANCELLED,
        Delivery.id < delivery.id,
    )
    return session.scalars(query).one()


def _waiting(session: Session, delivery: Delivery, *, limit: int, now: datetime) -> int:
    some = select(Delivery.id).where(_due_together(delivery, now)).limit(limit + 1).subquery()
    return session.scalars(select(func.count()).select_from(some)).one()


def _due_together(delivery: Delivery, now: datetime) -> ColumnElement[bool]:
    return and_(
        delivery.shares_channel(),
        _UNTRIED,
        Delivery.event.in_(digest.TOGETHER),
        Delivery.next_attempt_at <= now,
    )


def _in_minute_of(delivery: Delivery) -> ColumnElement[bool]:
    start, end = digest.minute_of(delivery.created_at)
    return and_(Delivery.created_at >= start, Delivery.created_at < end)
