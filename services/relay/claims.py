"""Claims: what is due is sent by one relay at a time, under the lease that it takes here.

A relay claims a delivery, sends it with no transaction open, and marks it (`delivery_marks`). If it
dies nothing more is heard of it, the lease runs out, and the next relay tries again under the same
key. What goes to one channel is decided by one relay after the other: it locks the pace first.
Deliveries of all organizations are sent alike, by their internal ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from domain.alerting.alert import Alert
from domain.relay.retry import GIVE_UP_AFTER
from models import ChannelPace, Delivery
from models.delivery import DeliveryState
from notifiers.base import Destination
from services.contacts.addresses import NOT_REACHED, is_reached
from services.events import deliveries as delivery_events
from services.outbox import rate_limits
from services.relay import alerts as relay_alerts
from services.relay import attempts, destinations, digests, text_quota
from services.relay import order as delivery_order
from services.relay.settings import Rules
from services.relay.text_quota import Place
from services.templates import wording as message_wording

log = structlog.get_logger(__name__)

LEASE = attempts.LEASE

_AT_ONCE = 10
"""How many messages to one channel are woken at once, so that no channel keeps others waiting."""

_FOR_A_PLACE = timedelta(seconds=5)
"""How long a text waits while another that is being sent may leave it a place in the quota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that the caller alone may send until its lease ends.

    Without a `destination` it cannot be sent for now, since its channel could not be opened.
    """

    id: int
    attempt: int
    kind: str
    destination: Destination | None
    alert: Alert
    began_at: datetime


def due(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return what could be claimed now.

    Organizations take turns, and of each the hosts that it sends to: of one the longest waiting is
    first, and however much waits for it, that does not hide what waits for others.
    """
    queued = _queued(now)
    oldest = (queued.c.next_attempt_at, queued.c.id)
    turn = func.row_number().over(
        partition_by=(queued.c.organization_id, queued.c.kind),
        order_by=(queued.c.of_lane, *oldest),
    )
    query = (
        select(queued.c.id)
        .where(queued.c.of_channel <= _AT_ONCE)
        .order_by(turn, *oldest)
        .limit(limit)
    )
    return list(session.scalars(query))


def _queued(now: datetime) -> Subquery:
    """Select what could be claimed now, with its place in its channel and in its lane."""
    owner = (Delivery.organization_id, Delivery.kind)
    age = (Delivery.next_attempt_at, Delivery.id)
    in_channel, in_lane = (
        func.row_number().over(partition_by=(*owner, where), order_by=age)
        for where in (Delivery.address, Delivery.host())
    )
    return (
        select(*owner, *age, in_channel.label("of_channel"), in_lane.label("of_lane"))
        .where(Delivery.is_claimable(now), ~delivery_order.is_blocked(), ~rate_limits.is_held(now))
        .subquery()
    )


def channel_of(session: Session, delivery_id: int) -> tuple[int, str, str] | None:
    """Return the organization, kind and address that a delivery goes to, if there is one."""
    row = session.execute(
        select(Delivery.organization_id, Delivery.kind, Delivery.address).where(
            Delivery.id == delivery_id
        )
    ).one_or_none()
    return None if row is None else (row.organization_id, row.kind, row.address)


def claim(session: Session, delivery_id: int, *, rules: Rules, now: datetime) -> Claimed | None:
    """Take for `LEASE` what is to be sent now of this delivery and what belongs to it.

    That is nothing if it is not due, taken, over or not wanted any more, if another message or the
    pace of the channel comes first, or if it may not be sent: then it is a dead letter.
    """
    channel = channel_of(session, delivery_id)
    if channel is None:
        return None
    pace = rate_limits.lock(session, *channel)
    delivery = session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.is_claimable(now))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is None:
        return None
    claimed = _next(session, delivery, pace, rules, now)
    session.flush()
    return claimed


def _next(
    session: Session, delivery: Delivery, pace: ChannelPace, rules: Rules, now: datetime
) -> Claimed | None:
    was_abandoned = attempts.take_back(session, delivery)
    together = digests.renew(session, delivery, now=now)
    if not together:
        chosen = delivery_order.settle(session, delivery, now=now)
        if chosen is None:
            return None
        if chosen is not delivery:
            was_abandoned = attempts.take_back(session, chosen)
        delivery = chosen
    if was_abandoned and _gave_up(session, delivery, together, now):
        return None
    if _is_refused(session, delivery, together, now):
        return None
    return _in_turn(session, delivery, together, pace, rules, now)


def _in_turn(
    session: Session,
    delivery: Delivery,
    together: Sequence[Delivery],
    pace: ChannelPace,
    rules: Rules,
    now: datetime,
) -> Claimed | None:
    """Take it unless it waits for its burst or the pace, with what it may take along."""
    if not together:
        turn = digests.turn_of(session, delivery, limit=rules.burst, now=now)
        if turn.wait_until is not None:
            digests.postpone(session, delivery, turn.wait_until)
            return None
        if turn.together and pace.next_at <= now:
            together = digests.gather(session, delivery, now=now)
    if pace.next_at > now:
        delivery.next_attempt_at = pace.next_at
        return None
    return _lease(session, delivery, together, pace, rules, now)


def _gave_up(
    session: Session, delivery: Delivery, together: Sequence[Delivery], now: datetime
) -> bool:
    """End what did nothing but end its relays for a day."""
    if now < (delivery.tried_since or now) + GIVE_UP_AFTER:
        return False
    _bury(
        session,
        delivery,
        together,
        delivery.last_error or "No attempt to send it came to an end.",
        now,
    )
    return True


def _is_refused(
    session: Session, delivery: Delivery, together: Sequence[Delivery], now: datetime
) -> bool:
    """Say whether the channel may not be sent to by now, and write down what becomes of it."""
    refusal = destinations.refusal(session, delivery)
    if refusal is None:
        return False
    delivery.state = refusal.state
    delivery.last_error = refusal.reason
    # What comes to an end may still go where nothing else may.
    digests.release(together, now=now)
    delivery_events.failed(session, [delivery], now=now)
    return True


def _lease(
    session: Session,
    delivery: Delivery,
    together: Sequence[Delivery],
    pace: ChannelPace,
    rules: Rules,
    now: datetime,
) -> Claimed | None:
    if delivery.kind in channel_kind.PHONES and not is_reached(
        delivery.address, rules.text_countries
    ):
        _bury(session, delivery, together, NOT_REACHED, now)
        return None
    alert = _alert(session, delivery, together, rules, now)
    place = text_quota.reserve(session, delivery, alert, quota=rules.text_quota, now=now)
    if place is Place.WAITS:
        digests.put_off(delivery, together, now + _FOR_A_PLACE)
        return None
    if place is Place.NONE:
        reason = f"The quota of {rules.text_quota} text messages for this month is used up."
        _bury(session, delivery, together, reason, now)
        return None
    most = rules.texts_per_day
    used_up = text_quota.reserve_day(session, delivery, alert, most_of_all=most, now=now)
    if used_up is not None:
        log.warning("text_refused", organization_id=delivery.organization_id, reason=used_up)
        _bury(session, delivery, together, used_up, now)
        return None
    rate_limits.spend(pace, per_minute=rules.pace_of(delivery.kind), now=now)
    delivery.state = DeliveryState.SENDING
    delivery.attempt += 1
    delivery.tried_since = delivery.tried_since or now
    delivery.lease_until = now + LEASE
    return Claimed(
        id=delivery.id,
        attempt=delivery.attempt,
        kind=delivery.kind,
        destination=destinations.opened(session, delivery, rules.ring, now=now),
        alert=alert,
        began_at=now,
    )


def _alert(
    session: Session,
    delivery: Delivery,
    together: Sequence[Delivery],
    rules: Rules,
    now: datetime,
) -> Alert:
    told = digests.parts(session, delivery, together, now=now)
    alert = (
        relay_alerts.digest_of(session, delivery, told, rules=rules, now=now)
        if together
        else relay_alerts.alert_of(session, delivery, rules=rules, now=now)
    )
    return message_wording.in_own_words(session, delivery, alert)


def _bury(
    session: Session,
    delivery: Delivery,
    together: Sequence[Delivery],
    reason: str,
    now: datetime,
) -> None:
    delivery.state = DeliveryState.DEAD
    delivery.last_error = reason
    digests.release(together, now=now)
    delivery_events.failed(session, [delivery], now=now)
