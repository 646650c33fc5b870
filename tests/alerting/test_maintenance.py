"""Maintenance windows and what is told, where it is not a matter of a hold alone."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.evaluation.heartbeat import Signal
from domain.evaluation.outcome import Outcome
from models import ContactGroup, Incident, PingReceiverSpan
from models.incident import Suppression
from services.heartbeats import pings
from services.heartbeats import sweep as heartbeat_sweep
from services.heartbeats.pings import Message
from services.maintenance import active as active_maintenance
from services.maintenance import windows as maintenance_windows
from tests.alerting.world import START, World
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.pinged import token_of
from tests.services.planned import at, delete, plan, sweep


def test_windows_that_follow_each_other_are_one_silence(world: World, group: ContactGroup) -> None:
    shop = world.monitor("Shop", group)
    world.maintenance(shop, minutes=30)
    world.check(shop, Outcome.DOWN)
    world.until(20)
    world.maintenance(shop, minutes=40)
    world.until(90)
    assert world.sent == [(60, "Ann", "down")]


def test_a_window_that_is_changed_to_be_for_others_lets_the_outage_be_told(
    world: World, group: ContactGroup
) -> None:
    shop, other = world.monitor("Shop", group), world.monitor("Other", group)
    window_id = world.maintenance(shop, minutes=60)
    world.check(shop, Outcome.DOWN)
    world.until(10)
    maintenance_windows.change(
        world.session,
        world.organization_id,
        window_id,
        {"monitor_ids": [other.public_id]},
        now=world.now,
    )
    world.until(12)
    assert world.sent == [(11, "Ann", "down")]


def test_a_heartbeat_that_is_late_in_a_window_is_told_when_it_ends(
    world: World, group: ContactGroup
) -> None:
    job = make.monitor(
        world.session,
        world.organization_id,
        now=world.now,
        kind="heartbeat",
        url=None,
        settings={"period_seconds": 600, "grace_seconds": 60},
        contact_group_ids=[group.public_id],
    )
    pings.receive(
        world.session, token_of(world.session, job), Message(signal=Signal.SUCCESS), now=world.now
    )
    hour = timedelta(hours=1)
    world.session.add(PingReceiverSpan(began_at=START - hour, until_at=START + hour))
    world.maintenance(job, minutes=30)
    world.until(12)
    heartbeat_sweep.sweep(world.session, now=world.now)
    assert world.incident(job).started_at == START + timedelta(minutes=11)
    assert world.incident(job).suppressed_by is Suppression.MAINTENANCE
    world.until(40)
    assert world.sent == [(30, "Ann", "down")]


@pytest.mark.committed
def test_an_incident_that_is_locked_when_its_window_ends_is_woken_by_the_next_sweep(
    committed: Engine,
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        monitor = make.monitor(session, organization(session).id, now=at(-60))
        window = plan(session, monitor, start=0, minutes=60).window
        incident = make.incident(session, monitor, started_at=at(5))
        incident.suppressed_by, incident.next_at = Suppression.MAINTENANCE, at(60)
    with Session(committed) as one, one.begin():
        one.get_one(Incident, incident.id, with_for_update=True)
        with Session(committed) as other, other.begin():
            delete(other, window, 10)
            assert other.get_one(Incident, incident.id).next_at == at(60)
    with Session(committed) as session, session.begin():
        sweep(session, 10.2)
        assert session.get_one(Incident, incident.id).next_at == at(10.2)


def test_an_incident_in_another_window_is_not_woken(session: Session) -> None:
    monitor = make.monitor(session, organization(session).id, now=at(-60))
    window = plan(session, monitor, start=0, minutes=60).window
    plan(session, monitor, start=0, minutes=90)
    incident = make.incident(session, monitor, started_at=at(5))
    incident.suppressed_by, incident.next_at = Suppression.MAINTENANCE, at(90)
    session.flush()
    delete(session, window, 10)
    active_maintenance.wake(session, now=at(11))
    session.expire_all()
    assert incident.next_at == at(90)
