"""The monthly quota of text messages and calls of an organization."""

from datetime import date, datetime, timedelta
from enum import Enum, auto

import structlog
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.alerting import channel_kind
from domain.alerting.alert import Alert, AlertEvent
from models import Delivery, TextUsage
from models.delivery import DeliveryState
from notifiers.texts.segments import segments
from notifiers.texts.sms_text import text_of
from services import quotas
from services.contacts.addresses import NOT_REACHED, is_reached
from services.events import account as account_events
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.relay.stages import Claim, Dropped, Postponed
from services.relay.texts import days as text_days

MONTHLY = "texts_per_month"
_WARN_AT = 80
_FULL = 100
_NO_CALLS = "The plan of this organization does not include calls (limit `voice`)."
_OTHERS_WORK = "Email and other channels are not affected."
_FOR_A_PLACE = timedelta(seconds=5)
"""How long a text waits for a claimed one that may free its place in the quota."""

log = structlog.get_logger(__name__)


def refuse_unreachable(session: Session, claim: Claim) -> Claim | Dropped:
    """Stage: drop a text or a call that the operator, or the plan, does not include."""
    delivery = claim.delivery
    is_phone = delivery.kind in channel_kind.PHONES
    if is_phone and not is_reached(delivery.address, claim.settings.text_countries):
        return Dropped(DeliveryState.DEAD, NOT_REACHED)
    is_call = delivery.kind == channel_kind.VOICE
    if is_call and not quotas.limit(session, delivery.organization_id, channel_kind.VOICE):
        return Dropped(DeliveryState.DEAD, _NO_CALLS)
    return claim


def reserve_month(session: Session, claim: Claim) -> Claim | Postponed | Dropped:
    """Stage: count a text or a call in the organization's quota of the month."""
    delivery, now = claim.delivery, claim.now
    more = segments_of(delivery.kind, claim.built_alert)
    if not more:
        return claim
    quota = quotas.limit(session, delivery.organization_id, MONTHLY)
    match _reserve(session, delivery, more, quota=quota, now=now):
        case _Place.TAKEN:
            return claim
        case _Place.WAITS:
            return Postponed(now + _FOR_A_PLACE)
        case _Place.NONE:
            reason = f"The quota of {quota} text messages for this month is used up."
            return Dropped(DeliveryState.DEAD, reason)


def reserve_day(session: Session, claim: Claim) -> Claim | Dropped:
    """Stage: count a text or a call in the daily limits; if one is reached, uncount the month."""
    delivery, now = claim.delivery, claim.now
    more = segments_of(delivery.kind, claim.built_alert)
    if not more:
        return claim
    owner, most = delivery.organization_id, claim.settings.texts_per_day
    refusal = text_days.reserve(session, owner, more, most_of_all=most, now=now)
    if refusal is None:
        return claim
    _take_off_month(session, delivery, more, now)
    deliveries.record(
        session,
        organization_id=owner,
        dedup_key=f"quota/{now:%Y-%m-%d}",
        event=AlertEvent.QUOTA,
        channels=outbox_recipients.owners(session, owner),
        facts={
            "headline": "Text messages stopped for today",
            "cause": f"{refusal} {_OTHERS_WORK}",
        },
        now=now,
    )
    log.warning("text_refused", organization_id=owner, reason=refusal)
    return Dropped(DeliveryState.DEAD, refusal)


class _Place(Enum):
    """Whether a message has a place in the quota; one that waits may get the place of another."""

    TAKEN = auto()
    WAITS = auto()
    NONE = auto()


def _reserve(
    session: Session, delivery: Delivery, more: int, *, quota: int, now: datetime
) -> _Place:
    """Count the message before it is sent, if the organization stays within its quota.

    One statement counts it, so only one of two relays gets the last place. A rejected attempt gives
    its place back. An attempt whose relay died keeps it, because the message may have arrived.
    """
    if _add(session, delivery, more, quota, now):
        return _Place.TAKEN
    if _others_in_hand(session, delivery, now):
        return _Place.WAITS
    _notify_owners(session, delivery.organization_id, _FULL, quota, now)
    return _Place.NONE


def give_back(session: Session, delivery: Delivery, alert: Alert, *, reserved_at: datetime) -> None:
    """Subtract the segments of a message that was not accepted."""
    less = segments_of(delivery.kind, alert)
    if less:
        text_days.give_back(session, delivery.organization_id, less, reserved_at=reserved_at)
        _take_off_month(session, delivery, less, reserved_at)


def warn(session: Session, delivery: Delivery, alert: Alert, *, now: datetime) -> None:
    """Notify the owners if the usage has reached 80 % or 100 % of the quota."""
    if not segments_of(delivery.kind, alert):
        return
    quota = quotas.limit(session, delivery.organization_id, MONTHLY)
    used = session.scalars(select(TextUsage.segments).where(_of_month(delivery, now))).first() or 0
    crossed = [mark for mark in (_WARN_AT, _FULL) if used * 100 >= mark * quota]
    if crossed:
        _notify_owners(session, delivery.organization_id, crossed[-1], quota, now)


def segments_of(kind: str, alert: Alert) -> int:
    """Return how many segments of the quota a message uses: the parts of a text, 1 for a call."""
    if kind == channel_kind.SMS:
        return segments(text_of(alert))
    return 1 if kind == channel_kind.VOICE else 0


def _add(session: Session, delivery: Delivery, more: int, quota: int, now: datetime) -> bool:
    """Count `more` segments if the quota allows it, and return whether it did."""
    if more > quota:
        return False
    usage = insert(TextUsage).values(
        organization_id=delivery.organization_id, month=_month(now), segments=more
    )
    counted = session.scalars(
        usage.on_conflict_do_update(
            index_elements=["organization_id", "month"],
            set_={"segments": TextUsage.segments + more},
            where=TextUsage.segments + more <= quota,
        ).returning(TextUsage.segments)
    )
    return counted.one_or_none() is not None


def _take_off_month(session: Session, delivery: Delivery, less: int, now: datetime) -> None:
    session.execute(
        update(TextUsage).where(_of_month(delivery, now)).values(segments=TextUsage.segments - less)
    )


def _others_in_hand(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Return whether a relay has claimed another text or call that may free its place."""
    others = select(Delivery.id).where(
        Delivery.organization_id == delivery.organization_id,
        Delivery.id != delivery.id,
        Delivery.kind.in_((channel_kind.SMS, channel_kind.VOICE)),
        Delivery.state == DeliveryState.SENDING,
        Delivery.lease_until > now,
    )
    return session.scalars(others.limit(1)).first() is not None


def _of_month(delivery: Delivery, now: datetime) -> ColumnElement[bool]:
    return and_(
        TextUsage.organization_id == delivery.organization_id, TextUsage.month == _month(now)
    )


def _notify_owners(
    session: Session, organization_id: int, percent: int, quota: int, now: datetime
) -> None:
    """Notify the owners that this much of the quota is used, once per month and quota."""
    full = percent == _FULL
    headline = "Text quota used up" if full else f"Text quota {percent} % used"
    cause = (
        f"All {quota} text messages and calls of this month are used. {_OTHERS_WORK}"
        if full
        else f"{percent} % of this month's {quota} text messages and calls are used."
    )
    account_events.used(
        session, organization_id, "texts_per_month", quota * percent / _FULL, quota, now=now
    )
    deliveries.record(
        session,
        organization_id=organization_id,
        dedup_key=f"quota/{_month(now):%Y-%m}/{percent}/{quota}",
        event=AlertEvent.QUOTA,
        channels=outbox_recipients.owners(session, organization_id),
        facts={"headline": headline, "cause": cause},
        now=now,
    )


def _month(now: datetime) -> date:
    return now.date().replace(day=1)
