"""What a subscription means for an organization: its standing, its plan, and whom to remind when.

trialing ─► active ─► past_due ─14 days─► restricted ─30 days─► suspended
               ▲          │ a payment, at any time                   │
               └──────────┴──────────────────────────────────────────┘
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.plans.standing import Standing

GRACE = timedelta(days=14)
"""How long an organization keeps working after its first failed payment."""
RESTRICTED_FOR = timedelta(days=30)
REMINDER_DAYS = (0, 3, 7, 13)
"""The days after the first failed payment on which the owners are mailed."""


class SubscriptionStatus(StrEnum):
    """`NONE`: the organization has no subscription, or none that has begun."""

    NONE = "none"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    CANCELED = "canceled"


PAYING = frozenset(
    {SubscriptionStatus.TRIALING, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}
)
"""While it has one of these, an organization has the plan of its subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """The whole state of a customer at the provider, as one reading found it.

    `past_due_since` is when the oldest unpaid invoice was due, by the provider's record. So it
    depends neither on the order of events nor on when this service heard of them.
    """

    status: SubscriptionStatus = SubscriptionStatus.NONE
    price: str = ""
    past_due_since: datetime | None = None
    trial_ends_at: datetime | None = None
    period_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A subscription, and when its reading began, by the database's clock."""

    began_at: datetime
    subscription: Subscription


def newest(readings: Iterable[Reading]) -> Reading | None:
    """Return the reading that began last; the order in which they ended does not matter.

    Every change of the provider is followed by an event, and every event by a reading that begins
    after it. So the reading that began last knows all changes.
    """
    return max(readings, key=lambda each: each.began_at, default=None)


def standing(subscription: Subscription, *, now: datetime) -> Standing:
    """Return what the unpaid invoices of a subscription leave to its organization."""
    since = subscription.past_due_since
    if since is None or now < since + GRACE:
        return Standing.ACTIVE
    if now < since + GRACE + RESTRICTED_FOR:
        return Standing.RESTRICTED
    return Standing.SUSPENDED


def reminder_due(subscription: Subscription, *, now: datetime) -> int | None:
    """Return the day of the latest reminder that is due, or None if nothing is unpaid."""
    since = subscription.past_due_since
    if since is None or now < since:
        return None
    return max(day for day in REMINDER_DAYS if now >= since + timedelta(days=day))
