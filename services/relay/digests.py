"""Applies `domain/relay/digest.py` to the outbox: what waits for its minute, and what goes together."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.relay import digest
from domain.relay.digest import Turn
from models import Delivery
from models.delivery import DeliveryState
from notifiers.registry import KINDS
from services.outbox import wakes
from services.relay import destinations
from services.relay import order as delivery_order


def turn_of(session: Session, delivery: Delivery, *, limit: int, now: datetime) -> Turn:
    """Say whether this due delivery goes alone or with others, or waits until its burst is over."""
    if not _is_untried(delivery):
        # It may have been accepted under its own key, so it can be told under no other.
        return Turn()
    return digest.turn(
        AlertEvent(delivery.event),
        delivery.created_at,
        earlier=_earlier(session, delivery),
        waiting=_waiting(session, delivery, limit=limit, now=now),
        limit=limit,
        now=now,
    )


def postpone(session: Session, delivery: Delivery, until: datetime) -> None:
    """Let this delivery, and what follows it in its minute to the same channel, wait."""
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


def gather(session: Session, leader: Delivery, *, now: datetime) -> list[Delivery]:
    """Attach to the leader all that could go to its channel now, and return that."""
    candidates = session.scalars(
        select(Delivery)
        .where(_due_together(leader, now), Delivery.id != leader.id)
        .order_by(Delivery.id)
        .limit(_most_parts(leader.kind) - 1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    members: dict[int, Delivery] = {}
    for candidate in candidates:
        # The one before may have settled this one as well.
        if candidate.state is DeliveryState.PENDING:
            chosen = delivery_order.settle(session, candidate, now=now)
            if chosen is not None and chosen is not leader and _may_join(session, chosen):
                members[chosen.id] = chosen
    for member in members.values():
        member.digest_id = leader.id
    session.flush()
    return list(members.values())


def put_off(leader: Delivery, members: Sequence[Delivery], until: datetime) -> None:
    """Let all of it wait, apart if nobody tried it: another may lead by then, and take the leader too."""
    leader.next_attempt_at = until
    if _is_untried(leader):
        for member in members:
            member.digest_id = None
            member.next_attempt_at = until


def renew(session: Session, leader: Delivery, *, now: datetime) -> list[Delivery]:
    """Return what is told with a leader that was tried before, without what is overtaken by now.

    Whoever may have the digest already has what leaves it, too; so nothing joins it.
    """
    stay = []
    for member in members(session, leader):
        is_allowed = destinations.refusal(session, member) is None
        if is_allowed and delivery_order.settle_part(session, member, now=now):
            stay.append(member)
        elif member.state is not DeliveryState.MERGED:
            _detach(member, since=leader.tried_since, now=now)
    session.flush()
    return stay


def members(session: Session, leader: Delivery) -> Sequence[Delivery]:
    """Return what is attached to a leader: the same for each attempt, since the key is the same."""
    return session.scalars(
        select(Delivery)
        .where(Delivery.digest_id == leader.id, Delivery.state == DeliveryState.PENDING)
        .order_by(Delivery.id)
        .execution_options(populate_existing=True)
    ).all()


def parts(
    session: Session, leader: Delivery, members: Sequence[Delivery], *, now: datetime
) -> list[Delivery]:
    """Return what the message says, in the order of writing.

    A leader that is overtaken by now only lends its key to the others: its own end is told later.
    """
    if members and not delivery_order.settle_part(session, leader, now=now):
        return list(members)
    return sorted((leader, *members), key=lambda row: row.id)


def told(members: Sequence[Delivery], *, now: datetime) -> None:
    """Write down that the digest was accepted."""
    for member in members:
        member.state = DeliveryState.MERGED
        member.sent_at = now


def release(members: Sequence[Delivery], *, now: datetime) -> None:
    """Let each be tried by itself from now on: the digest will never be accepted."""
    for member in members:
        _detach(member, since=now, now=now)


def dissolve(
    session: Session, leader: Delivery, members: Sequence[Delivery], *, now: datetime
) -> None:
    """Let all of a refused digest be tried by itself: it may be one of them that cannot be said."""
    leader.state = DeliveryState.PENDING
    _detach(leader, since=leader.tried_since, now=now)
    release(members, now=now)
    wakes.add(session, [leader.id, *(member.id for member in members)])


def _detach(member: Delivery, *, since: datetime | None, now: datetime) -> None:
    member.digest_id = None
    member.next_attempt_at = now
    member.tried_since = since


_UNTRIED = and_(
    Delivery.state == DeliveryState.PENDING,
    Delivery.attempt == 0,
    Delivery.tried_since.is_(None),
    Delivery.digest_id.is_(None),
)


def _is_untried(delivery: Delivery) -> bool:
    return delivery.attempt == 0 and delivery.tried_since is None


def _may_join(session: Session, delivery: Delivery) -> bool:
    return _is_untried(delivery) and destinations.refusal(session, delivery) is None


def _most_parts(kind: str) -> int:
    # What a newer version knows is told one by one until it is here.
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
