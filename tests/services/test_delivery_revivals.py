"""What comes back with a dead letter that is sent again: what its channel did not hear of either."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alert import AlertEvent
from domain.state import Severity
from models import Channel, Incident, Monitor
from models.delivery import DeliveryState
from models.incident import Resolution
from services import alerting, channel_health, deliveries
from services.delivery_recipients import Recipient
from tests.services.outage import EMAIL, NOW, broken, end, watched
from tests.services.relaying import (
    GONE,
    REFUSED,
    fail,
    resend,
    seconds,
    send,
    state_of,
    take,
    taken,
    tell,
)

LATER, RESENT = seconds(60), seconds(120)
DEAD, CANCELLED = DeliveryState.DEAD, DeliveryState.CANCELLED


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return watched(session, EMAIL)


def enable(session: Session) -> None:
    """Let messages go again to the one channel that there is."""
    channel_health.enable(session, session.scalars(select(Channel)).one(), now=LATER)


def ended(session: Session, incident: Incident) -> list[int]:
    end(session, incident, at=LATER)
    return alerting.closed(session, incident, now=LATER)


def changed(session: Session, before: Incident, severity: Severity) -> Incident:
    """Let the outage go on as another incident, since its severity changed."""
    end(session, before, at=LATER)
    before.resolution = Resolution.EASED
    after = broken(session, session.get_one(Monitor, before.monitor_id), now=LATER)
    after.follows_id, after.severity = before.id, severity
    session.flush()
    return after


def of_monitor(session: Session, monitor: Monitor, event: AlertEvent, number: int = 1) -> int:
    """Write a message about the monitor that is about no outage."""
    (delivery_id,) = deliveries.record(
        session,
        organization_id=monitor.organization_id,
        about=f"monitor/{monitor.id}/{event}/{number}",
        event=event,
        channels=[Recipient(*EMAIL)],
        monitor_id=monitor.id,
        now=NOW,
    )
    return delivery_id


def refused(session: Session, delivery_id: int, at: float = 0) -> int:
    fail(session, taken(session, delivery_id, seconds(at)), REFUSED, seconds(at))
    return delivery_id


def test_an_end_that_died_with_the_channel_is_told_with_the_beginning(
    session: Session, monitor: Monitor
) -> None:
    incident = broken(session, monitor)
    (down,) = tell(session, incident)
    in_hand = taken(session, down)
    (up,) = ended(session, incident)
    fail(session, in_hand, GONE, LATER)
    assert [state_of(session, each) for each in (down, up)] == [DEAD, DEAD]
    enable(session)
    resend(session, down, RESENT)
    claimed = send(session, down, RESENT)
    assert (claimed.id, claimed.alert.event) == (up, AlertEvent.MISSED)
    assert state_of(session, down) is DeliveryState.MERGED


def test_of_a_change_that_died_too_only_what_is_now_is_told(
    session: Session, monitor: Monitor
) -> None:
    incident = broken(session, monitor)
    (down,) = tell(session, incident)
    in_hand = taken(session, down)
    milder = changed(session, incident, Severity.DEGRADED)
    (degraded,) = tell(session, milder, now=LATER)
    fail(session, in_hand, REFUSED, LATER)
    refused(session, degraded, 60)
    resend(session, down, RESENT)
    assert take(session, down, RESENT) is None
    assert state_of(session, down) is CANCELLED
    assert send(session, degraded, RESENT).alert.event is AlertEvent.DEGRADED


def test_that_a_monitor_is_stable_comes_back_with_that_it_was_not_though_it_died(
    session: Session, monitor: Monitor
) -> None:
    unstable = of_monitor(session, monitor, AlertEvent.FLAPPING)
    in_hand = taken(session, unstable)
    stable = of_monitor(session, monitor, AlertEvent.STABLE)
    fail(session, in_hand, GONE)
    enable(session)
    resend(session, unstable, RESENT)
    assert send(session, unstable, RESENT).alert.event is AlertEvent.FLAPPING
    assert send(session, stable, RESENT).alert.event is AlertEvent.STABLE
