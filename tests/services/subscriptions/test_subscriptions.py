"""What may be there once, or so many times, holds also for requests that come at the same time."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from services.errors import Conflict
from services.subscriptions import subscriptions
from services.subscriptions.subscriptions import SubscriptionChanges
from tests.factories.organizations import organization
from tests.services.outage import NOW
from tests.services.subscribing import ADDRESS, subscribe, vault


@pytest.fixture
def owner(committed: Engine) -> int:
    with Session(committed) as session:
        made = organization(session).id
        session.commit()
    return made


def test_of_two_that_ask_for_the_same_url_at_once_one_is_refused(
    committed: Engine, owner: int
) -> None:
    with Session(committed) as one, Session(committed) as other:
        subscribe(one, owner)
        other.execute(text("SET LOCAL lock_timeout = '300ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            subscribe(other, owner)
        other.rollback()
        one.commit()
        with pytest.raises(Conflict):
            subscribe(other, owner)


def test_of_two_that_move_to_the_same_url_at_once_one_is_refused(
    committed: Engine, owner: int
) -> None:
    with Session(committed) as one, Session(committed) as other:
        here, there = (subscribe(one, owner, url=f"{ADDRESS}{number}") for number in range(2))
        ids = [each.subscription.public_id for each in (here, there)]
        one.commit()
        moved: SubscriptionChanges = {"url": ADDRESS}
        subscriptions.change(one, owner, ids[0], moved, vault=vault(), now=NOW)
        other.execute(text("SET LOCAL lock_timeout = '300ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            subscriptions.change(other, owner, ids[1], moved, vault=vault(), now=NOW)
        other.rollback()
        one.commit()
        with pytest.raises(Conflict):
            subscriptions.change(other, owner, ids[1], moved, vault=vault(), now=NOW)
