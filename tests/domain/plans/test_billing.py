"""What a subscription means: its standing, its reminders, and events in every order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from domain.plans.billing import (
    Reading,
    Subscription,
    SubscriptionStatus,
    newest,
    reminder_due,
    standing,
)
from domain.plans.standing import Standing

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FAILED = Subscription(status=SubscriptionStatus.PAST_DUE, price="p", past_due_since=NOW)
HISTORY = (
    Subscription(status=SubscriptionStatus.TRIALING, price="p"),
    Subscription(status=SubscriptionStatus.ACTIVE, price="p"),
    FAILED,
    Subscription(status=SubscriptionStatus.ACTIVE, price="p"),
    Subscription(status=SubscriptionStatus.ACTIVE, price="q"),
    Subscription(status=SubscriptionStatus.CANCELED, price="q"),
)
"""What each of six events led the provider to."""


def stored(order: tuple[int, ...]) -> Reading | None:
    """Store the readings that events in this order led to, one after the other."""
    kept: Reading | None = None
    for number in order:
        reading = Reading(NOW + timedelta(seconds=number), HISTORY[number])
        kept = newest([reading] if kept is None else [kept, reading])
    return kept


def test_six_events_in_every_order_and_twice_end_in_one_state() -> None:
    orders = list(permutations(range(6)))
    ends = {stored(order) for order in orders}
    ends |= {stored((*order, *reversed(order))) for order in orders}
    ends |= {stored((*order, *order)) for order in orders}
    assert len(orders) == 720
    assert ends == {Reading(NOW + timedelta(seconds=5), HISTORY[-1])}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, Standing.ACTIVE),
        (13.9, Standing.ACTIVE),
        (14, Standing.RESTRICTED),
        (43.9, Standing.RESTRICTED),
        (44, Standing.SUSPENDED),
    ],
    ids=["at once", "in grace", "after grace", "still restricted", "suspended"],
)
def test_an_unpaid_invoice_restricts_after_two_weeks(days: float, expected: Standing) -> None:
    assert standing(FAILED, now=NOW + timedelta(days=days)) is expected


def test_who_owes_nothing_is_active() -> None:
    for each in HISTORY:
        if each.past_due_since is None:
            assert standing(each, now=NOW + timedelta(days=1000)) is Standing.ACTIVE
            assert reminder_due(each, now=NOW) is None


def test_reminders_are_due_on_four_days() -> None:
    days = [reminder_due(FAILED, now=NOW + timedelta(days=day)) for day in range(20)]
    assert sorted({day for day in days if day is not None}) == [0, 3, 7, 13]
    assert reminder_due(FAILED, now=NOW - timedelta(seconds=1)) is None
