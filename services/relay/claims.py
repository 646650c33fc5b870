"""Claims: a relay takes a due delivery under a lease, so that only this relay sends it.

A relay claims a delivery, sends it with no transaction open, and marks it (`outcomes.py`). If the
relay dies, the lease runs out, and the next relay sends the delivery again under the same key.
Relays decide about one channel one after the other, because each locks its rate limit first.
`STAGES` lists the decisions in their order. Relays send the deliveries of all organizations, by
their internal ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import BindParameter, Integer, Select, Subquery, bindparam, func, select
from sqlalchemy.orm import Session

from domain.alerting.alert import Alert
from models import Delivery
from models.delivery import DeliveryState
from notifiers.base import Destination
from services.events import deliveries as delivery_events
from services.outbox import rate_limits
from services.relay import alerts, attempts, destinations, digests, order
from services.relay.settings import RelaySettings
from services.relay.stages import Claim, Dropped, Postponed, Stage
from services.relay.texts import quota as text_quota

LEASE = attempts.LEASE


def wait_for_rate_limit(session: Session, claim: Claim) -> Claim | Postponed:
    """Stage: wait until the rate limit of the channel has room."""
    del session
    next_at = claim.rate_limit.next_at
    return Postponed(next_at) if next_at > claim.now else claim


STAGES: Sequence[Stage] = (
    attempts.take_back_abandoned,
    digests.keep_members,
    order.put_in_order,
    attempts.give_up_abandoned,
    destinations.refuse_unusable,
    digests.wait_for_burst,
    wait_for_rate_limit,
    digests.gather_members,
    text_quota.refuse_unreachable,
    alerts.word,
    text_quota.reserve_month,
    text_quota.reserve_day,
)
"""The stages of a due delivery. Each passes it on, postpones it or drops it."""

_AT_ONCE = 10
"""The most deliveries of one channel in a batch, so that no channel delays the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that only the caller may send until its lease ends.

    Without a `destination` it cannot be sent now, because its channel could not be opened.
    """

    id: int
    attempt: int
    kind: str
    destination: Destination | None
    alert: Alert
    began_at: datetime


def due(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Return the ids of at most `limit` claimable deliveries.

    Organizations are served in turn, and the hosts of each in turn. Within a host the oldest is
    first. So a backlog for one host does not hide the deliveries to others.
    """
    return list(session.scalars(_due(), {"now": now, "most": limit}))


@cache
def _due() -> Select[int]:
    """Select what is due `now`, at most `most`. To build this takes longer than to run it."""
    queued = _queued(bindparam("now", type_=Delivery.next_attempt_at.type))
    oldest = (queued.c.next_attempt_at, queued.c.id)
    turn = func.row_number().over(
        partition_by=(queued.c.organization_id, queued.c.kind),
        order_by=(queued.c.of_bulkhead, *oldest),
    )
    return (
        select(queued.c.id)
        .where(queued.c.of_channel <= _AT_ONCE)
        .order_by(turn, *oldest)
        .limit(bindparam("most", type_=Integer))
    )


def _queued(now: BindParameter[datetime]) -> Subquery:
    """Select the claimable deliveries, with their positions in their channel and their bulkhead."""
    owner = (Delivery.organization_id, Delivery.kind)
    age = (Delivery.next_attempt_at, Delivery.id)
    in_channel, in_bulkhead = (
        func.row_number().over(partition_by=(*owner, where), order_by=age)
        for where in (Delivery.address, Delivery.host())
    )
    return (
        select(*owner, *age, in_channel.label("of_channel"), in_bulkhead.label("of_bulkhead"))
        .where(Delivery.is_claimable(now), ~order.is_blocked(), ~rate_limits.is_delayed(now))
        .subquery()
    )


def channel_of(session: Session, delivery_id: int) -> tuple[int, str, str] | None:
    """Return the organization, kind and address of a delivery, or None if it does not exist."""
    row = session.execute(
        select(Delivery.organization_id, Delivery.kind, Delivery.address).where(
            Delivery.id == delivery_id
        )
    ).one_or_none()
    return None if row is None else (row.organization_id, row.kind, row.address)


def claim(
    session: Session, delivery_id: int, *, settings: RelaySettings, now: datetime
) -> Claimed | None:
    """Claim a delivery for `LEASE`, or the related one that has to be sent first.

    Return None if it is not due, leased by another relay, already finished or no longer wanted.
    Return None as well if another message or the rate limit comes first. A delivery that may not be
    sent becomes a dead letter.
    """
    channel = channel_of(session, delivery_id)
    if channel is None:
        return None
    rate_limit = rate_limits.lock(session, *channel)
    delivery = session.scalars(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.is_claimable(now))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is None:
        return None
    found = Claim(delivery=delivery, rate_limit=rate_limit, settings=settings, now=now)
    claimed = _through_stages(session, found)
    session.flush()
    return claimed


def _through_stages(session: Session, claim: Claim) -> Claimed | None:
    for stage in STAGES:
        outcome = stage(session, claim)
        match outcome:
            case Claim():
                claim = outcome
            case Postponed(until):
                _postpone(claim, until)
                return None
            case Dropped():
                _drop(session, claim, outcome)
                return None
    return _lease(session, claim)


def _postpone(claim: Claim, until: datetime | None) -> None:
    if until is not None:
        for each in (claim.delivery, *claim.members):
            each.next_attempt_at = until


def _drop(session: Session, claim: Claim, dropped: Dropped) -> None:
    """End the delivery; the members of its digest are retried one by one."""
    delivery = claim.delivery
    delivery.state = dropped.state
    delivery.last_error = dropped.reason or delivery.last_error
    # A member may be a recovery, which even a deleted channel still receives.
    digests.release(claim.members, now=claim.now)
    delivery.is_digest = False
    delivery_events.failed(session, [delivery], now=claim.now)


def _lease(session: Session, claim: Claim) -> Claimed:
    delivery, settings, now = claim.delivery, claim.settings, claim.now
    rate_limits.spend(claim.rate_limit, per_minute=settings.rate_limit_of(delivery.kind), now=now)
    digests.attach(delivery, claim.members)
    delivery.state = DeliveryState.SENDING
    delivery.attempt += 1
    delivery.tried_since = delivery.tried_since or now
    delivery.lease_until = now + LEASE
    return Claimed(
        id=delivery.id,
        attempt=delivery.attempt,
        kind=delivery.kind,
        destination=destinations.opened(session, delivery, settings.ring, now=now),
        alert=claim.built_alert,
        began_at=now,
    )
