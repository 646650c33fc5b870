"""Reports metered usage to the provider, hour by hour, once it does not change any more.

The provider counts an identifier once. So after a kill, the same hours are sent again, and nothing
is counted twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from domain.plans.billing import PAYING
from domain.plans.metering import HOUR, hour_of
from models import BillingAccount, MeterReading, Organization
from services.billing.provider import MeterEvent

_FINAL_AFTER = timedelta(hours=26)
"""By then an hour has been counted again (`services/usage/metering.py`)."""
_HOURS_AT_ONCE = 24


@dataclass(frozen=True, slots=True)
class Push:
    """The usage of an organization before `until_slot` that the provider does not know."""

    organization_id: int
    until_slot: int
    events: Sequence[MeterEvent]


def due(session: Session, *, now: datetime) -> Push | None:
    """Return what is to be reported next of one organization, or None."""
    final = hour_of((now - _FINAL_AFTER).timestamp())
    row = session.execute(
        select(BillingAccount, Organization.public_id)
        .join(Organization, Organization.id == BillingAccount.organization_id)
        .where(BillingAccount.pushed_slot < final, BillingAccount.status.in_(PAYING))
        .order_by(BillingAccount.pushed_slot)
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    account: BillingAccount = row.BillingAccount
    low = hour_of(account.pushed_slot + HOUR - 1)
    until = max(account.pushed_slot + 1, min(final, low + _HOURS_AT_ONCE * HOUR))
    rows = session.execute(
        select(MeterReading.from_slot, MeterReading.meter, func.sum(MeterReading.amount))
        .where(
            MeterReading.organization_id == account.organization_id,
            MeterReading.from_slot >= low,
            MeterReading.from_slot < until,
        )
        .group_by(MeterReading.from_slot, MeterReading.meter)
        .order_by(MeterReading.from_slot, MeterReading.meter)
    )
    events = [
        MeterEvent(
            customer=account.customer,
            meter=meter.value,
            identifier=f"{row.public_id}:{meter.value}:{slot}",
            at=datetime.fromtimestamp(slot, UTC),
            amount=int(amount),
        )
        for slot, meter, amount in rows
        if amount
    ]
    return Push(account.organization_id, until, events)


def note_pushed(session: Session, push: Push) -> None:
    """Note what the provider knows now."""
    session.execute(
        update(BillingAccount)
        .where(
            BillingAccount.organization_id == push.organization_id,
            BillingAccount.pushed_slot < push.until_slot,
        )
        .values(pushed_slot=push.until_slot)
    )
