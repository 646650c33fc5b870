"""A relay that is killed, or meets a bug or a refusal: what it leaves, and what comes of that."""

from dataclasses import replace
from types import ModuleType

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from domain.alerting.alert import Alert
from models import Delivery
from models.delivery import DeliveryState
from notifiers.base import Destination, NotifierError
from tests.services.outage import EMAIL, SMS, owner_of
from tests.tasks.relays import Accepting, end_lease, outage, recovery, row


class Killed(BaseException):
    """Stands for the end of the process: nothing below the relay may catch it."""


def kill() -> None:
    raise Killed


def refuse() -> None:
    raise NotifierError("No such mailbox.", permanent=True)


def stumble() -> None:
    raise ZeroDivisionError("ann@example.org")


def test_invariant_10_a_relay_killed_before_sending_is_made_up_for(
    committed: Engine, relaying: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    with pytest.raises(Killed):
        relaying.relay(delivery_id, lambda _: Accepting(kill))
    accepting = Accepting()
    relaying.relay(delivery_id, lambda _: accepting)
    assert accepting.alerts == []
    end_lease(committed)
    relaying.relay(delivery_id, lambda _: accepting)
    assert len(accepting.alerts) == 1
    assert row(committed, delivery_id).state is DeliveryState.SENT


def test_invariant_10_a_relay_killed_after_sending_repeats_under_the_same_key(
    committed: Engine, relaying: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    accepting = Accepting()

    class DiesAfterwards:
        def send(self, channel: Destination, alert: Alert) -> str:
            accepting.send(channel, alert)
            raise Killed

    with pytest.raises(Killed):
        relaying.relay(delivery_id, lambda _: DiesAfterwards())
    end_lease(committed)
    relaying.relay(delivery_id, lambda _: accepting)
    first, second = accepting.alerts
    # A link says when it was made, and is signed anew each time.
    one, other = (
        replace(each, acknowledge_link="", unsubscribe_link="") for each in (first, second)
    )
    assert one == other
    assert first.acknowledge_link


def test_invariant_4_a_bug_in_a_notifier_costs_no_message_and_betrays_no_address(
    committed: Engine, relaying: ModuleType
) -> None:
    (delivery_id,) = outage(committed, EMAIL)
    with capture_logs() as logs:
        relaying.relay(delivery_id, lambda _: Accepting(stumble))
    after = row(committed, delivery_id)
    assert (after.state, after.attempt) == (DeliveryState.PENDING, 1)
    assert after.last_error == "This service had an error of its own."
    assert "ZeroDivisionError" in str(logs)
    assert "ann@example.org" not in str(logs)


def test_a_kind_without_a_notifier_is_tried_again_by_a_newer_version(
    committed: Engine, relaying: ModuleType
) -> None:
    (delivery_id,) = outage(committed, ("pigeon", "loft 3"))
    assert relaying.relay(delivery_id, relaying.notifier) == []
    assert row(committed, delivery_id).state is DeliveryState.PENDING


def test_a_final_refusal_is_a_dead_letter_and_cancels_the_recovery(
    committed: Engine, relaying: ModuleType
) -> None:
    (down,) = outage(committed, EMAIL)
    up: list[int] = []

    def refuse_late() -> None:
        up.extend(recovery(committed, down))
        refuse()

    assert relaying.relay(down, lambda _: Accepting(refuse_late)) == up
    accepting = Accepting()
    assert relaying.relay(up[0], lambda _: accepting) == []
    assert accepting.alerts == []
    assert row(committed, down).last_error == "No such mailbox."
    assert row(committed, up[0]).state is DeliveryState.CANCELLED


def test_an_address_that_is_gone_is_told_to_the_owner_by_mail(
    committed: Engine, relaying: ModuleType
) -> None:
    (text,) = outage(committed, SMS)
    with Session(committed) as session, session.begin():
        owner_of(session, session.get_one(Delivery, text).organization_id, "ada@example.org")

    def gone() -> None:
        raise NotifierError("No such number.", channel_gone=True)

    (notice,) = relaying.relay(text, lambda _: Accepting(gone))
    accepting = Accepting()
    relaying.relay(notice, lambda _: accepting)
    (alert,) = accepting.alerts
    assert (alert.event, alert.cause) == ("channel_disabled", "No such number.")
    assert row(committed, notice).address == "ada@example.org"
