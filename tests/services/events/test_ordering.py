"""Events go to a subscription one at a time and in order, and one that fails holds up no other."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery
from models.delivery import DeliveryState
from services.relay.claims import LEASE
from services.subscriptions import subscriptions
from services.subscriptions.views import SubscriptionView
from tests.factories.organizations import organization
from tests.services.outage import NOW
from tests.services.relaying import BUSY, accept, fail, seconds, state_of, take, taken
from tests.services.subscribing import subscribe


@pytest.fixture
def view(session: Session) -> SubscriptionView:
    return subscribe(session, organization(session).id)


def write(session: Session, view: SubscriptionView, count: int) -> list[int]:
    subscription = view.subscription
    for _ in range(count):
        subscriptions.try_out(
            session, subscription.organization_id, subscription.public_id, now=NOW
        )
    return list(session.scalars(select(Delivery.id).order_by(Delivery.id)))


def test_whichever_is_woken_the_oldest_goes_first(session: Session, view: SubscriptionView) -> None:
    first, second, third = write(session, view, 3)
    claimed = taken(session, third)
    assert claimed.id == first
    assert take(session, second) is None
    assert accept(session, claimed) == [second]
    assert taken(session, second).id == second


def test_one_that_failed_waits_and_the_next_one_goes(
    session: Session, view: SubscriptionView
) -> None:
    first, second = write(session, view, 2)
    assert fail(session, taken(session, first), BUSY) == [second]
    claimed = taken(session, second, seconds(1))
    assert claimed.id == second
    accept(session, claimed, seconds(1))
    assert taken(session, first, seconds(60)).id == first


def test_an_event_whose_relay_died_goes_again_before_the_later_ones(
    session: Session, view: SubscriptionView
) -> None:
    first, second = write(session, view, 2)
    before = taken(session, first)
    again = taken(session, second, NOW + LEASE + timedelta(seconds=1))
    assert (again.id, again.alert.key) == (first, before.alert.key)


def test_what_waits_for_a_subscription_that_is_deleted_is_not_posted(
    session: Session, view: SubscriptionView
) -> None:
    [waiting] = write(session, view, 1)
    subscription = view.subscription
    subscriptions.delete(session, subscription.organization_id, subscription.public_id, now=NOW)
    session.flush()
    assert take(session, waiting) is None
    assert state_of(session, waiting) is DeliveryState.CANCELLED
