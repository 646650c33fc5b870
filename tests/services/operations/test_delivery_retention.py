"""What is long over is forgotten; what somebody is still owed is not."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery, DeliveryAttempt, Incident
from services.operations import retention
from services.operations.retention import DELIVERIES_KEPT
from tests.services.outage import EMAIL, NOW, broken, end, watched
from tests.services.relaying import notify, send

LATER = NOW + DELIVERIES_KEPT + timedelta(seconds=1)


@pytest.fixture
def incident(session: Session) -> Incident:
    incident = broken(session, watched(session, EMAIL))
    send(session, notify(session, incident)[0])
    return incident


def test_a_message_is_forgotten_with_its_attempts_after_four_hundred_days(
    session: Session, incident: Incident
) -> None:
    end(session, incident, at=NOW)
    assert retention.forget_deliveries(session, now=LATER - timedelta(seconds=1), limit=9) == 0
    assert retention.forget_deliveries(session, now=LATER, limit=9) == 1
    assert session.scalars(select(Delivery)).all() == []
    assert session.scalars(select(DeliveryAttempt)).all() == []


def test_invariant_3_what_tells_of_an_outage_that_goes_on_is_kept(
    session: Session, incident: Incident
) -> None:
    del incident
    assert retention.forget_deliveries(session, now=LATER, limit=9) == 0


def test_what_was_not_sent_yet_is_kept(session: Session) -> None:
    incident = broken(session, watched(session, EMAIL))
    notify(session, incident)
    end(session, incident, at=NOW)
    assert retention.forget_deliveries(session, now=LATER, limit=9) == 0


def test_no_more_is_forgotten_at_once_than_asked_for(session: Session) -> None:
    for _ in range(3):
        incident = broken(session, watched(session, EMAIL))
        send(session, notify(session, incident)[0])
        end(session, incident, at=NOW)
    forgotten = [retention.forget_deliveries(session, now=LATER, limit=2) for _ in range(3)]
    assert forgotten == [2, 1, 0]
