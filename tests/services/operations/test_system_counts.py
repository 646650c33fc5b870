"""What the database counts over all organizations agrees with the rules that the functions repeat."""

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.display_status import DisplayStatus
from models import ChannelRateLimit, Delivery, Incident
from models.delivery import DeliveryState
from services.maintenance import active as active_maintenance
from services.operations import system_counts
from services.relay import claims
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.planned import at, plan

NOW = datetime.fromisoformat("2026-11-24T12:00:00+00:00")
EVENTS = (AlertEvent.DOWN, AlertEvent.DEGRADED, *[AlertEvent.REMINDER] * 2)
ADDRESSES = ("ada@example.test", "bob@example.test")


def some_outage(session: Session, chance: random.Random) -> Incident:
    monitor = make.monitor(session, organization(session).id, now=NOW)
    return make.incident(session, monitor, started_at=NOW - timedelta(hours=chance.randint(1, 3)))


def some_message(incident: Incident, number: int, chance: random.Random) -> Delivery:
    minutes = chance.randint(-30, 10)
    state = chance.choice(
        [DeliveryState.PENDING] * 2 + [DeliveryState.SENT] * 2 + [DeliveryState.DEAD]
    )
    return Delivery(
        organization_id=incident.organization_id,
        dedup_key=f"incident/{number}",
        event=chance.choice(EVENTS),
        kind="email",
        address=chance.choice(ADDRESSES),
        state=state,
        chain_id=incident.id,
        incident_id=incident.id,
        monitor_id=incident.monitor_id,
        created_at=NOW - timedelta(hours=1),
        next_attempt_at=NOW + timedelta(minutes=minutes, seconds=number),
    )


@pytest.mark.parametrize("seed", range(10))
def test_what_waits_the_longest_is_what_is_claimed_first(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    incidents = [some_outage(session, chance) for _ in range(2)]
    session.add_all(
        some_message(chance.choice(incidents), number, chance)
        for number in range(chance.randint(0, 8))
    )
    if chance.random() < 0.3:
        owner = incidents[0].organization_id
        held = {"kind": "email", "address": ADDRESSES[0], "next_at": NOW + timedelta(minutes=1)}
        session.add(ChannelRateLimit(organization_id=owner, **held))
    session.flush()
    due = claims.due(session, now=NOW, limit=100)
    ages = session.scalars(select(Delivery.next_attempt_at).where(Delivery.id.in_(due))).all()
    assert system_counts.waiting_since(session, now=NOW) == min(ages, default=None)


@pytest.mark.parametrize("is_told", [True, False])
def test_what_comes_after_an_outage_waits_for_us_only_where_the_outage_was_told(
    session: Session, *, is_told: bool
) -> None:
    chance = random.Random(0)
    incident = some_outage(session, chance)
    notified, worse, reminder = (some_message(incident, number, chance) for number in range(3))
    for row, event, state, minutes in (
        (notified, AlertEvent.DEGRADED, DeliveryState.SENT, -9),
        (worse, AlertEvent.DOWN, DeliveryState.PENDING, 9),
        (reminder, AlertEvent.REMINDER, DeliveryState.PENDING, -1),
    ):
        row.event, row.state, row.address = event, state, ADDRESSES[0]
        row.next_attempt_at = NOW + timedelta(minutes=minutes)
    session.add_all([notified, worse, reminder] if is_told else [worse, reminder])
    session.flush()
    due = claims.due(session, now=NOW, limit=100)
    assert bool(due) is is_told
    assert (system_counts.waiting_since(session, now=NOW) is not None) is is_told


def test_nothing_waits_while_somebody_is_at_work(session: Session) -> None:
    chance = random.Random(0)
    incident = some_outage(session, chance)
    waiting, sending = (some_message(incident, number, chance) for number in range(2))
    waiting.state, waiting.next_attempt_at = DeliveryState.PENDING, NOW - timedelta(minutes=1)
    waiting.event = AlertEvent.DOWN
    sending.state, sending.lease_until = DeliveryState.SENDING, NOW + timedelta(seconds=1)
    sending.attempt = 1
    session.add_all([waiting, sending])
    session.flush()
    assert system_counts.waiting_since(session, now=NOW) is None
    later = NOW + timedelta(seconds=1)
    assert system_counts.waiting_since(session, now=later) is not None


def test_maintenance_of_all_is_that_of_each_organization_together(session: Session) -> None:
    owners = [organization(session).id for _ in range(3)]
    monitors = [
        make.monitor(session, owner, now=at(-60), name=f"{owner}/{number}", tags=["web"][:number])
        for owner in owners
        for number in range(2)
    ]
    plan(session, monitors[0], start=0, minutes=30)
    plan(session, monitors[2], start=0, minutes=30, monitor_ids=[], tags=["web"])
    plan(session, monitors[4], start=0, minutes=30, monitor_ids=[], all_monitors=True)
    session.flush()
    each = [
        len(session.execute(active_maintenance.covered(at(5), owner)).all()) for owner in owners
    ]
    counted = system_counts.monitors(session, now=at(5))
    assert each == [1, 1, 2]
    assert counted[DisplayStatus.MAINTENANCE] == sum(each)
    assert sum(counted.values()) == len(monitors)
