"""What becomes of a message that waits is decided by components with just the rights to that."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.delivery import DeliveryState
from services.alerting import waits as alerting_waits
from services.outbox import wakes
from services.outbox.recipients import Destination
from services.warnings import expiry_messages
from tests.isolation.acting import As
from tests.services.outage import EMAIL, NOW, broken, watched
from tests.services.relaying import notify, row, seconds, state_of, take
from tests.services.running_out import shop
from tests.services.warnings.test_expiry_messages import notified, renew
from tests.services.woken import woken_by

LATER = seconds(60)


def test_a_relay_may_leave_out_what_was_renewed_and_a_check_may_let_it_go_again(
    committed: Engine, acting: As
) -> None:
    with Session(committed) as session, session.begin():
        monitor = shop(session, EMAIL)
        delivery_id = notified(session, monitor)
        renew(session, monitor)
        owner, dedup_key = monitor.organization_id, row(session, delivery_id).dedup_key
    with acting("downtime_notifications") as relay:
        assert take(relay, delivery_id, LATER) is None
        assert state_of(relay, delivery_id) is DeliveryState.CANCELLED
    with acting("downtime_checks") as check:
        revived = woken_by(
            check, expiry_messages.revive, owner, dedup_key, [Destination(*EMAIL)], now=LATER
        )
        assert revived == [delivery_id]


@pytest.mark.parametrize("role", ["downtime_dispatch", "downtime_checks"])
def test_who_finds_somebody_awake_may_let_go_what_waited(
    committed: Engine, acting: As, role: str
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        incident = broken(session, watched(session, EMAIL))
        (delivery_id,) = notify(session, incident)
        row(session, delivery_id).next_attempt_at = NOW + timedelta(hours=8)
    with acting(role) as finder:
        freed = alerting_waits.end(finder, incident, [Destination(*EMAIL)], now=LATER)
        assert freed == {EMAIL}
        assert wakes.take(finder) == [delivery_id]
