"""Who is to be told of an incident, and of its end."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alert import AlertEvent
from models import Contact, Delivery, Incident, Monitor, MonitorContactGroup
from models.delivery import DeliveryState
from services.deliveries import record_down, record_end, record_up
from tests.services.outage import EMAIL, NOW, SMS, broken, tell, watched

LATER = NOW + timedelta(minutes=5)


def told(session: Session, incident: Incident, event: AlertEvent) -> list[tuple[str, str]]:
    rows = session.scalars(
        select(Delivery).where(Delivery.incident_id == incident.id, Delivery.event == event)
    )
    return sorted((row.kind, row.address) for row in rows)


@pytest.fixture
def incident(session: Session) -> Incident:
    return broken(session, watched(session, EMAIL, SMS))


def set_states(session: Session, incident: Incident, **states: DeliveryState) -> None:
    for row in session.scalars(select(Delivery).where(Delivery.incident_id == incident.id)):
        row.state = states.get(row.kind, row.state)
    session.flush()


def test_an_outage_is_to_be_told_to_every_channel_of_the_group(
    session: Session, incident: Incident
) -> None:
    ids = record_down(session, incident, now=NOW)
    rows = session.scalars(select(Delivery).where(Delivery.id.in_(ids))).all()
    assert told(session, incident, AlertEvent.DOWN) == [EMAIL, SMS]
    assert len({row.public_id for row in rows}) == len(ids) == 2
    assert {(row.state, row.attempt, row.next_attempt_at) for row in rows} == {
        (DeliveryState.PENDING, 0, NOW)
    }
    assert {row.organization_id for row in rows} == {incident.organization_id}


def test_an_address_in_two_groups_is_told_once(session: Session) -> None:
    monitor = watched(session, EMAIL, SMS)
    tell(session, monitor, EMAIL, ("sms", "+4915187654321"))
    incident = broken(session, monitor)
    assert len(record_down(session, incident, now=NOW)) == 3
    assert told(session, incident, AlertEvent.DOWN) == [EMAIL, SMS, ("sms", "+4915187654321")]


def test_a_monitor_without_groups_tells_nobody(session: Session) -> None:
    incident = broken(session, watched(session))
    assert record_down(session, incident, now=NOW) == []
    assert record_up(session, incident, now=LATER) == []


def test_recording_again_adds_nothing(session: Session, incident: Incident) -> None:
    record_down(session, incident, now=NOW)
    assert record_down(session, incident, now=LATER) == []
    assert len(record_up(session, incident, now=LATER)) == 2
    assert record_up(session, incident, now=LATER) == []


def test_channels_of_another_organization_are_never_told(session: Session) -> None:
    monitor = watched(session, EMAIL)
    stranger = tell(session, watched(session), ("email", "eve@example.org"))[0]
    group_of_stranger = session.scalars(
        select(MonitorContactGroup).where(
            MonitorContactGroup.organization_id == stranger.organization_id
        )
    ).one()
    session.add(
        MonitorContactGroup(
            monitor_id=monitor.id,
            contact_group_id=group_of_stranger.contact_group_id,
            organization_id=monitor.organization_id,
        )
    )
    session.flush()
    incident = broken(session, monitor)
    record_down(session, incident, now=NOW)
    assert told(session, incident, AlertEvent.DOWN) == [EMAIL]


def test_invariant_3_the_recovery_goes_to_whom_the_outage_was_told_despite_edits(
    session: Session, incident: Incident
) -> None:
    record_down(session, incident, now=NOW)
    set_states(session, incident, email=DeliveryState.SENT, sms=DeliveryState.SENT)
    for contact in session.scalars(select(Contact)):
        session.delete(contact)
    session.flush()
    record_up(session, incident, now=LATER)
    assert told(session, incident, AlertEvent.UP) == [EMAIL, SMS]


@pytest.mark.parametrize("lost", [DeliveryState.DEAD, DeliveryState.CANCELLED])
def test_invariant_3_who_was_not_told_of_the_outage_hears_of_no_recovery(
    session: Session, incident: Incident, lost: DeliveryState
) -> None:
    record_down(session, incident, now=NOW)
    set_states(session, incident, sms=lost)
    record_up(session, incident, now=LATER)
    assert told(session, incident, AlertEvent.UP) == [EMAIL]


@pytest.mark.parametrize(
    "coming", [DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT]
)
def test_invariant_3_who_is_still_to_be_told_of_the_outage_hears_of_the_recovery(
    session: Session, incident: Incident, coming: DeliveryState
) -> None:
    record_down(session, incident, now=NOW)
    set_states(session, incident, sms=coming)
    record_up(session, incident, now=LATER)
    assert told(session, incident, AlertEvent.UP) == [EMAIL, SMS]


def test_who_joined_during_the_outage_hears_nothing_of_its_end(
    session: Session, incident: Incident
) -> None:
    record_down(session, incident, now=NOW)
    monitor = session.get_one(Monitor, incident.monitor_id)
    tell(session, monitor, ("email", "late@example.org"))
    record_up(session, incident, now=LATER)
    assert told(session, incident, AlertEvent.UP) == [EMAIL, SMS]


def test_the_deletion_of_a_monitor_is_told_to_whom_its_outage_was_told(
    session: Session, incident: Incident
) -> None:
    record_down(session, incident, now=NOW)
    set_states(session, incident, email=DeliveryState.DEAD)
    assert len(record_end(session, incident, now=LATER)) == 1
    assert told(session, incident, AlertEvent.ENDED) == [SMS]


def test_the_events_of_deliveries_are_those_of_alerts() -> None:
    assert [event.value for event in AlertEvent] == [event.value for event in AlertEvent]
