"""The text messages and calls of an organization: counted by the month, and no more than its quota."""

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
from notifiers.texts.sms_text import segments, text_of
from services.contacts.addresses import NOT_REACHED, is_reached
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.relay.stages import Claim, Dropped, Postponed
from services.relay.texts import days as text_days

_WARN_AT = 80
_FULL = 100
_OTHERS_WORK = "Email and other channels are not affected."
_FOR_A_PLACE = timedelta(seconds=5)
"""How long a text waits while another that is being sent may leave it a place in the quota."""

log = structlog.get_logger(__name__)


def refuse_unreachable(session: Session, claim: Claim) -> Claim | Dropped:
    """Stage: drop a text or a call to a country that the operator does not send to."""
    del session
    delivery = claim.delivery
    is_phone = delivery.kind in channel_kind.PHONES
    if is_phone and not is_reached(delivery.address, claim.rules.text_countries):
        return Dropped(DeliveryState.DEAD, NOT_REACHED)
    return claim


def reserve_month(session: Session, claim: Claim) -> Claim | Postponed | Dropped:
    """Stage: count a text or a call in the organization's quota of the month."""
    quota, now = claim.rules.text_quota, claim.now
    match _reserve(session, claim.delivery, claim.worded, quota=quota, now=now):
        case _Place.TAKEN:
            return claim
        case _Place.WAITS:
            return Postponed(now + _FOR_A_PLACE)
        case _Place.NONE:
            reason = f"The quota of {quota} text messages for this month is used up."
            return Dropped(DeliveryState.DEAD, reason)


def reserve_day(session: Session, claim: Claim) -> Claim | Dropped:
    """Stage: count a text or a call in the limits of this day as well, or else nowhere."""
    delivery, now = claim.delivery, claim.now
    more = segments_of(delivery.kind, claim.worded)
    if not more:
        return claim
    owner, most = delivery.organization_id, claim.rules.texts_per_day
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
    """Whether a message has a place in the quota: one that waits may get that of another."""

    TAKEN = auto()
    WAITS = auto()
    NONE = auto()


def _reserve(
    session: Session, delivery: Delivery, alert: Alert, *, quota: int | None, now: datetime
) -> _Place:
    """Count the message before it is sent, if that leaves the organization within its quota.

    By one statement: of two relays at the last place one gets it. An attempt that is not accepted
    gives its place back; one whose relay died keeps it, since the message may have arrived.
    """
    more = segments_of(delivery.kind, alert)
    if not more or _add(session, delivery, more, quota, now):
        return _Place.TAKEN
    if _others_in_hand(session, delivery, now):
        return _Place.WAITS
    _notify_owners(session, delivery.organization_id, _FULL, quota or 0, now)
    return _Place.NONE


def give_back(session: Session, delivery: Delivery, alert: Alert, *, reserved_at: datetime) -> None:
    """Count no more what was not accepted."""
    less = segments_of(delivery.kind, alert)
    if less:
        text_days.give_back(session, delivery.organization_id, less, reserved_at=reserved_at)
        _take_off_month(session, delivery, less, reserved_at)


def warn(
    session: Session, delivery: Delivery, alert: Alert, *, quota: int | None, now: datetime
) -> None:
    """Tell the owners if a mark is passed by now."""
    if quota is None or not segments_of(delivery.kind, alert):
        return
    used = session.scalars(select(TextUsage.segments).where(_of_month(delivery, now))).first() or 0
    crossed = [mark for mark in (_WARN_AT, _FULL) if used * 100 >= mark * quota]
    if crossed:
        _notify_owners(session, delivery.organization_id, crossed[-1], quota, now)


def segments_of(kind: str, alert: Alert) -> int:
    """Return how many messages of the quota it takes: the parts of a text, one for a call."""
    if kind == channel_kind.SMS:
        return segments(text_of(alert))
    return 1 if kind == channel_kind.VOICE else 0


def _add(session: Session, delivery: Delivery, more: int, quota: int | None, now: datetime) -> bool:
    """Count so many more, if that is within the quota."""
    if quota is not None and more > quota:
        return False
    usage = insert(TextUsage).values(
        organization_id=delivery.organization_id, month=_month(now), segments=more
    )
    counted = session.scalars(
        usage.on_conflict_do_update(
            index_elements=["organization_id", "month"],
            set_={"segments": TextUsage.segments + more},
            where=None if quota is None else TextUsage.segments + more <= quota,
        ).returning(TextUsage.segments)
    )
    return counted.one_or_none() is not None


def _take_off_month(session: Session, delivery: Delivery, less: int, now: datetime) -> None:
    session.execute(
        update(TextUsage).where(_of_month(delivery, now)).values(segments=TextUsage.segments - less)
    )


def _others_in_hand(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Say whether a relay has another text or call, and may give its place back."""
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
    """Write to the owners that this much of the quota is used, once a month and for each quota."""
    full = percent == _FULL
    headline = "Text quota used up" if full else f"Text quota {percent} % used"
    cause = (
        f"All {quota} text messages and calls of this month are used. {_OTHERS_WORK}"
        if full
        else f"{percent} % of this month's {quota} text messages and calls are used."
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
