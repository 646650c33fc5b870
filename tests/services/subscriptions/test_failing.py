"""A subscription that failed for a week is disabled; one that was answered once is not."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery
from models.delivery import DeliveryState
from services.subscriptions import failing as failing_subscriptions
from services.subscriptions import subscriptions
from services.subscriptions.subscriptions import SubscriptionChanges
from services.subscriptions.views import SubscriptionView
from tests.factories.organizations import organization
from tests.services.outage import NOW, owner_of
from tests.services.relaying import REFUSED, accept, fail, taken
from tests.services.subscribing import subscribe, vault
from tests.services.woken import woken_by


@pytest.fixture
def view(session: Session) -> SubscriptionView:
    owner = organization(session).id
    owner_of(session, owner, "owner@example.test")
    return subscribe(session, owner)


def on_day(days: float) -> datetime:
    return NOW + timedelta(days=days)


def post(session: Session, view: SubscriptionView, *, day: float, answered: bool = False) -> None:
    subscription = view.subscription
    subscriptions.try_out(
        session, subscription.organization_id, subscription.public_id, now=on_day(day)
    )
    newest = session.scalars(select(Delivery.id).order_by(Delivery.id.desc()).limit(1)).one()
    claimed = taken(session, newest, on_day(day))
    if answered:
        accept(session, claimed, on_day(day))
    else:
        fail(session, claimed, REFUSED, on_day(day))


def test_a_week_of_failures_disables_and_the_owners_hear_of_it_once(
    session: Session, view: SubscriptionView
) -> None:
    for day in range(7):
        post(session, view, day=day)
        assert woken_by(session, failing_subscriptions.disable, now=on_day(day)) == []
    post(session, view, day=7)
    [notice] = woken_by(session, failing_subscriptions.disable, now=on_day(7))
    assert session.get_one(Delivery, notice).address == "owner@example.test"
    assert view.channel.disabled_at == on_day(7)
    assert "The text was refused." in (view.channel.disabled_reason or "")
    assert woken_by(session, failing_subscriptions.disable, now=on_day(8)) == []


def test_one_answer_in_between_begins_the_week_anew(
    session: Session, view: SubscriptionView
) -> None:
    post(session, view, day=0)
    post(session, view, day=3, answered=True)
    post(session, view, day=4)
    post(session, view, day=10.5)
    assert woken_by(session, failing_subscriptions.disable, now=on_day(10.5)) == []
    post(session, view, day=11)
    assert len(woken_by(session, failing_subscriptions.disable, now=on_day(11))) == 1


def test_a_single_failure_is_no_week_of_failures(session: Session, view: SubscriptionView) -> None:
    post(session, view, day=0)
    assert woken_by(session, failing_subscriptions.disable, now=on_day(30)) == []


def test_what_still_waited_when_it_is_disabled_is_a_dead_letter(
    session: Session, view: SubscriptionView
) -> None:
    post(session, view, day=0)
    post(session, view, day=7)
    subscription = view.subscription
    waiting = subscriptions.try_out(
        session, subscription.organization_id, subscription.public_id, now=on_day(7)
    )
    failing_subscriptions.disable(session, now=on_day(7))
    session.refresh(waiting.delivery)
    assert waiting.delivery.state is DeliveryState.DEAD


def test_one_that_is_enabled_again_has_a_week_of_its_own(
    session: Session, view: SubscriptionView
) -> None:
    for day in (0, 7):
        post(session, view, day=day)
    assert len(woken_by(session, failing_subscriptions.disable, now=on_day(7))) == 1
    subscription = view.subscription
    subscriptions.enable(
        session, subscription.organization_id, subscription.public_id, now=on_day(8)
    )
    for later in (8.1, 15.0):
        post(session, view, day=later)
        assert woken_by(session, failing_subscriptions.disable, now=on_day(later)) == []
    post(session, view, day=15.1)
    assert len(woken_by(session, failing_subscriptions.disable, now=on_day(15.1))) == 1


def test_one_that_moved_to_another_url_is_not_blamed_for_the_one_before(
    session: Session, view: SubscriptionView
) -> None:
    post(session, view, day=0)
    moved: SubscriptionChanges = {"url": "https://other.example/"}
    owner, public_id = view.subscription.organization_id, view.subscription.public_id
    subscriptions.change(session, owner, public_id, moved, vault=vault(), now=on_day(6))
    post(session, view, day=7)
    assert woken_by(session, failing_subscriptions.disable, now=on_day(7)) == []
