"""The text messages and calls of an organization: counted by the month, and no more than its quota."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.alert import Alert, AlertEvent
from models import Delivery, TextUsage
from models.contact import ChannelKind
from notifiers.sms_text import segments, text_of
from services import deliveries, delivery_recipients

_VOICE = "voice"
_WARN_AT = 80
_FULL = 100


def refusal(
    session: Session, delivery: Delivery, alert: Alert, *, quota: int | None, now: datetime
) -> str | None:
    """Say in words why the message may not be sent, if it would exceed the quota of this month."""
    more = segments_of(delivery.kind, alert)
    if quota is None or not more:
        return None
    used = session.scalars(
        select(TextUsage.segments).where(
            TextUsage.organization_id == delivery.organization_id,
            TextUsage.month == _month(now),
        )
    ).one_or_none()
    if (used or 0) + more <= quota:
        return None
    _tell_owners(session, delivery.organization_id, _FULL, quota, now)
    return f"The quota of {quota} text messages for this month is used up."


def count(
    session: Session, delivery: Delivery, alert: Alert, *, quota: int | None, now: datetime
) -> list[int]:
    """Count an accepted message; return the ids of the notices, if it crossed a mark."""
    more = segments_of(delivery.kind, alert)
    if not more:
        return []
    usage = insert(TextUsage).values(
        organization_id=delivery.organization_id, month=_month(now), segments=more
    )
    used = session.scalars(
        usage.on_conflict_do_update(
            index_elements=["organization_id", "month"],
            set_={"segments": TextUsage.segments + usage.excluded.segments},
        ).returning(TextUsage.segments)
    ).one()
    if quota is None:
        return []
    crossed = [mark for mark in (_WARN_AT, _FULL) if used * 100 >= mark * quota]
    return [
        notice
        for mark in crossed[-1:]
        for notice in _tell_owners(session, delivery.organization_id, mark, quota, now)
    ]


def segments_of(kind: str, alert: Alert) -> int:
    """Return how many messages of the quota it takes: the parts of a text, one for a call."""
    if kind == ChannelKind.SMS:
        return segments(text_of(alert))
    return 1 if kind == _VOICE else 0


def _tell_owners(
    session: Session, organization_id: int, percent: int, quota: int, now: datetime
) -> list[int]:
    """Write to the owners that this much of the quota is used, once a month."""
    cause = (
        f"All {quota} text messages of this month are used up. Email and other channels go on."
        if percent == _FULL
        else f"{percent} % of the {quota} text messages of this month are used."
    )
    return deliveries.record(
        session,
        organization_id=organization_id,
        about=f"quota/{_month(now):%Y-%m}/{percent}",
        event=AlertEvent.QUOTA,
        channels=delivery_recipients.owners(session, organization_id),
        facts={"cause": cause},
        now=now,
    )


def _month(now: datetime) -> date:
    return now.date().replace(day=1)
