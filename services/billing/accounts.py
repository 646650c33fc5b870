"""Billing accounts: what was read of each customer, and what follows for its organization.

Events say only that something has changed. Some process then reads the whole state, while no
transaction is open. So neither the order of events nor their repetition matters.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.plans import billing
from domain.plans.billing import Reading, Subscription
from models import BillingAccount, Organization, Suspension
from models.audit_entry import ActorKind
from models.session import act_for
from services.audit import acts
from services.audit.acts import Actor
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.plans import changes, terms

_READ_AGAIN_AFTER = timedelta(hours=6)
"""An account is read without an event, in case one was lost."""
_AT_ONCE = 5
"""Housekeeping has one thread, and a reading takes up to twenty seconds."""
_FIELDS = ("status", "price", "past_due_since", "trial_ends_at", "period_ends_at")
_BILLING = Actor(kind=ActorKind.SYSTEM, label="billing")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A customer that is to be read."""

    organization_id: int
    customer: str


def find(session: Session, organization_id: int) -> BillingAccount | None:
    """Return the account of an organization, if it is a customer."""
    return session.get(BillingAccount, organization_id)


def begin(
    session: Session, organization_id: int, customer: str, *, now: datetime
) -> BillingAccount:
    """Store the customer of an organization. A second process finds the one that is there."""
    there = session.get(BillingAccount, organization_id, with_for_update=True)
    if there is not None:
        return there
    row = BillingAccount(
        organization_id=organization_id,
        customer=customer,
        asked_at=now,
        created_at=now,
        pushed_slot=int(now.timestamp()),
    )
    session.add(row)
    session.flush()
    return row


def note_event(session: Session, customer: str, *, now: datetime) -> bool:
    """Note that a customer has changed; return whether it is one of ours."""
    act_for(
        session,
        select(BillingAccount.organization_id).where(BillingAccount.customer == customer),
    )
    noted = session.execute(
        update(BillingAccount)
        .where(BillingAccount.customer == customer)
        .values(asked_at=func.greatest(BillingAccount.asked_at, now))
        .returning(BillingAccount.organization_id)
    )
    return noted.one_or_none() is not None


def due(session: Session, *, now: datetime) -> Sequence[Due]:
    """Return accounts whose last reading began before an event, or long ago."""
    rows = session.execute(
        select(BillingAccount.organization_id, BillingAccount.customer)
        .where(
            or_(
                BillingAccount.read_at.is_(None),
                BillingAccount.read_at <= BillingAccount.asked_at,
                BillingAccount.read_at < now - _READ_AGAIN_AFTER,
            )
        )
        .order_by(BillingAccount.asked_at)
        .limit(_AT_ONCE)
    )
    return [Due(owner, customer) for owner, customer in rows]


def store(session: Session, organization_id: int, reading: Reading, *, now: datetime) -> None:
    """Store a reading unless one that began later is there, and apply what follows from it."""
    row = session.scalars(
        select(BillingAccount)
        .where(BillingAccount.organization_id == organization_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return
    found = billing.newest([*_present(row), reading])
    if found is not reading:
        return
    row.read_at = reading.began_at
    if reading.subscription.past_due_since != row.past_due_since:
        row.reminded_day = None
    for name in _FIELDS:
        setattr(row, name, getattr(reading.subscription, name))
    _apply_plan(session, row, now=now)
    apply(session, row, now=now)


def past_due(session: Session) -> Sequence[int]:
    """Return the organizations that owe a payment; there are few."""
    query = select(BillingAccount.organization_id).where(BillingAccount.past_due_since.is_not(None))
    return session.scalars(query.order_by(BillingAccount.organization_id)).all()


def apply_time(session: Session, organization_id: int, *, now: datetime) -> None:
    """Apply what time has brought to an account, unless another process does so now."""
    row = session.scalars(
        select(BillingAccount)
        .where(
            BillingAccount.organization_id == organization_id,
            BillingAccount.past_due_since.is_not(None),
        )
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is not None:
        apply(session, row, now=now)


def apply(session: Session, row: BillingAccount, *, now: datetime) -> None:
    """Set the standing of the organization, and remind its owners of an unpaid invoice."""
    subscription = subscription_of(row)
    wanted = billing.standing(subscription, now=now)
    organization = session.get_one(Organization, row.organization_id, populate_existing=True)
    # One that an operator has suspended is not brought back by a payment.
    is_free = session.get(Suspension, row.organization_id, populate_existing=True) is None
    if is_free and organization.standing is row.standing and organization.standing is not wanted:
        changes.set_standing(session, row.organization_id, wanted, now=now)
        _declare(session, organization, "organization.standing_changed")
        log.info("standing_changed", organization_id=row.organization_id, standing=wanted.value)
    if organization.standing is wanted:
        row.standing = wanted
    day = billing.reminder_due(subscription, now=now)
    if day is not None and (row.reminded_day is None or row.reminded_day < day):
        _remind(session, row, day, now)
    session.flush()


def subscription_of(row: BillingAccount) -> Subscription:
    return Subscription(**{name: getattr(row, name) for name in _FIELDS})


def _present(row: BillingAccount) -> list[Reading]:
    return [] if row.read_at is None else [Reading(row.read_at, subscription_of(row))]


def _apply_plan(session: Session, row: BillingAccount, *, now: datetime) -> None:
    """Give the organization the plan of its subscription, or the default when that has ended."""
    plans = terms.offered(session)
    is_paying = row.status in billing.PAYING
    plan_id = plans.of_price(row.price) if is_paying else None
    if is_paying and plan_id is None:
        log.error("price_without_plan", organization_id=row.organization_id, price=row.price)
        return
    organization = session.get_one(Organization, row.organization_id, populate_existing=True)
    is_over = row.status is billing.SubscriptionStatus.CANCELED
    if (is_paying or is_over) and organization.plan != plan_id:
        changes.set_plan(session, row.organization_id, plan_id, now=now)
        _declare(session, organization, "organization.plan_changed")


def _declare(session: Session, organization: Organization, action: str) -> None:
    """Say in the audit log that billing has changed an organization."""
    acts.aim(session, "organization", organization.public_id, organization.name)
    acts.declare_change(session, organization.id, _BILLING, action)


def _remind(session: Session, row: BillingAccount, day: int, now: datetime) -> None:
    since = row.past_due_since or now
    restricted_on = (since + billing.GRACE).date()
    row.reminded_day = day
    deliveries.record(
        session,
        organization_id=row.organization_id,
        dedup_key=f"billing/{since:%Y-%m-%d}/{day}",
        event=AlertEvent.QUOTA,
        channels=outbox_recipients.owners(session, row.organization_id),
        facts={
            "headline": "Payment failed",
            "cause": (
                f"An invoice is unpaid since {since:%Y-%m-%d}. Everything keeps working until"
                f" {restricted_on:%Y-%m-%d}; then nothing can be changed until it is paid. Open"
                " Settings, Plan and usage, to pay."
            ),
        },
        now=now,
    )
