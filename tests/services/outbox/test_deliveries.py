"""Who is to be told of an incident, and of its end."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Contact, Delivery, Incident, Monitor, MonitorContactGroup
from models.delivery import DeliveryState
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.outbox.recipients import Destination
from tests.services.outage import EMAIL, NOW, SMS, broken, end, notify, owner_of, watched
from tests.services.relaying import notify as tell_groups
from tests.services.relaying import tell_more

LATER = NOW + timedelta(minutes=5)


def notified(session: Session, incident: Incident, event: AlertEvent) -> list[tuple[str, str]]:
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
    ids = tell_groups(session, incident, now=NOW)
    rows = session.scalars(select(Delivery).where(Delivery.id.in_(ids))).all()
    assert notified(session, incident, AlertEvent.DOWN) == [EMAIL, SMS]
    assert len({row.public_id for row in rows}) == len(ids) == 2
    assert {(row.state, row.attempt, row.next_attempt_at) for row in rows} == {
        (DeliveryState.PENDING, 0, NOW)
    }
    assert {row.organization_id for row in rows} == {incident.organization_id}


def test_an_address_in_two_groups_is_told_once(session: Session) -> None:
    monitor = watched(session, EMAIL, SMS)
    notify(session, monitor, EMAIL, ("sms", "+4915187654321"))
    incident = broken(session, monitor)
    assert len(tell_groups(session, incident, now=NOW)) == 3
    assert notified(session, incident, AlertEvent.DOWN) == [EMAIL, SMS, ("sms", "+4915187654321")]


def test_a_monitor_without_groups_tells_nobody(session: Session) -> None:
    incident = broken(session, watched(session))
    assert tell_groups(session, incident, now=NOW) == []
    assert tell_more(session, incident, now=LATER) == []


def test_recording_again_adds_nothing(session: Session, incident: Incident) -> None:
    tell_groups(session, incident, now=NOW)
    assert tell_groups(session, incident, now=LATER) == []
    assert len(tell_more(session, incident, now=LATER)) == 2
    assert tell_more(session, incident, now=LATER) == []


def test_channels_of_another_organization_cannot_even_be_named(session: Session) -> None:
    monitor = watched(session, EMAIL)
    stranger = notify(session, watched(session), ("email", "eve@example.org"))[0]
    group_of_stranger = session.scalars(
        select(MonitorContactGroup).where(
            MonitorContactGroup.organization_id == stranger.organization_id
        )
    ).one()
    with pytest.raises(IntegrityError, match="contact_group_id"), session.begin_nested():
        session.add(
            MonitorContactGroup(
                monitor_id=monitor.id,
                contact_group_id=group_of_stranger.contact_group_id,
                organization_id=monitor.organization_id,
            )
        )
    incident = broken(session, monitor)
    tell_groups(session, incident, now=NOW)
    assert notified(session, incident, AlertEvent.DOWN) == [EMAIL]


def test_invariant_3_the_recovery_goes_to_whom_the_outage_was_told_despite_edits(
    session: Session, incident: Incident
) -> None:
    tell_groups(session, incident, now=NOW)
    set_states(session, incident, email=DeliveryState.SENT, sms=DeliveryState.SENT)
    for contact in session.scalars(select(Contact)):
        session.delete(contact)
    session.flush()
    tell_more(session, incident, now=LATER)
    assert notified(session, incident, AlertEvent.UP) == [EMAIL, SMS]


@pytest.mark.parametrize("lost", [DeliveryState.DEAD, DeliveryState.CANCELLED])
def test_invariant_3_who_was_not_told_of_the_outage_hears_of_no_recovery(
    session: Session, incident: Incident, lost: DeliveryState
) -> None:
    tell_groups(session, incident, now=NOW)
    set_states(session, incident, sms=lost)
    tell_more(session, incident, now=LATER)
    assert notified(session, incident, AlertEvent.UP) == [EMAIL]


@pytest.mark.parametrize(
    "coming", [DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT]
)
def test_invariant_3_who_is_still_to_be_told_of_the_outage_hears_of_the_recovery(
    session: Session, incident: Incident, coming: DeliveryState
) -> None:
    tell_groups(session, incident, now=NOW)
    set_states(session, incident, sms=coming)
    tell_more(session, incident, now=LATER)
    assert notified(session, incident, AlertEvent.UP) == [EMAIL, SMS]


def test_who_joined_during_the_outage_hears_nothing_of_its_end(
    session: Session, incident: Incident
) -> None:
    tell_groups(session, incident, now=NOW)
    monitor = session.get_one(Monitor, incident.monitor_id)
    notify(session, monitor, ("email", "late@example.org"))
    tell_more(session, incident, now=LATER)
    assert notified(session, incident, AlertEvent.UP) == [EMAIL, SMS]


def test_the_deletion_of_a_monitor_is_told_to_whom_its_outage_was_told(
    session: Session, incident: Incident
) -> None:
    tell_groups(session, incident, now=NOW)
    set_states(session, incident, email=DeliveryState.DEAD)
    assert len(tell_more(session, incident, AlertEvent.ENDED, now=LATER)) == 1
    assert notified(session, incident, AlertEvent.ENDED) == [SMS]


def test_who_is_to_be_left_alone_is_told_later_and_of_two_times_the_earlier_counts(
    session: Session, incident: Incident
) -> None:
    night = NOW + timedelta(hours=8)
    channels = [
        Destination(*EMAIL, not_before=night),
        Destination(*EMAIL, not_before=NOW - timedelta(hours=1)),
        Destination(*SMS, not_before=night),
    ]
    deliveries.record_opening(session, incident, channels, now=NOW)
    rows = session.scalars(select(Delivery).order_by(Delivery.kind))
    assert [(row.kind, row.next_attempt_at) for row in rows] == [("email", NOW), ("sms", night)]


def test_nobody_to_tell_is_nothing_to_write(session: Session, incident: Incident) -> None:
    assert deliveries.record_opening(session, incident, [], now=NOW) == []


def test_what_is_not_of_an_incident_is_written_once_too(
    session: Session, incident: Incident
) -> None:
    def write() -> list[int]:
        return deliveries.record(
            session,
            organization_id=incident.organization_id,
            dedup_key="quota/2026-11/80",
            event=AlertEvent.QUOTA,
            channels=[Destination(*EMAIL)],
            facts={"cause": "80 % are used."},
            now=NOW,
        )

    assert (len(write()), write()) == (1, [])


@pytest.mark.parametrize("change", ["unconfirmed", "disabled", "deleted"])
def test_a_channel_that_is_not_usable_is_told_nothing(session: Session, change: str) -> None:
    monitor = watched(session)
    (channel,) = notify(session, monitor, EMAIL)
    if change == "unconfirmed":
        channel.confirmed_at = None
    else:
        setattr(channel, f"{change}_at", NOW)
    session.flush()
    assert tell_groups(session, broken(session, monitor), now=NOW) == []


def test_invariant_3_who_was_told_of_a_milder_outage_hears_of_the_end_of_the_worse(
    session: Session, incident: Incident
) -> None:
    tell_groups(session, incident, now=NOW)
    set_states(session, incident, email=DeliveryState.SENT, sms=DeliveryState.SENT)
    worse = follow(session, incident)
    deliveries.record_opening(session, worse, [Destination("email", "boss@example.org")], now=LATER)
    tell_more(session, worse, now=LATER)
    assert notified(session, worse, AlertEvent.UP) == [EMAIL, ("email", "boss@example.org"), SMS]


def test_invariant_3_an_end_that_was_told_is_not_told_again_further_down_the_chain(
    session: Session, incident: Incident
) -> None:
    tell_groups(session, incident, now=NOW)
    tell_more(session, incident, now=NOW)
    later = follow(session, follow(session, incident))
    deliveries.record_opening(session, later, [Destination(*EMAIL)], now=LATER)
    tell_more(session, later, now=LATER)
    assert notified(session, later, AlertEvent.UP) == [EMAIL]


def test_a_disabled_channel_is_owed_nothing_and_a_deleted_one_its_end_only(
    session: Session,
) -> None:
    monitor = watched(session)
    disabled, deleted, _ = notify(session, monitor, EMAIL, SMS, ("email", "bob@example.org"))
    incident = broken(session, monitor)
    tell_groups(session, incident, now=NOW)
    disabled.disabled_at = deleted.deleted_at = NOW
    session.flush()
    tell_more(session, incident, AlertEvent.REMINDER, now=LATER)
    tell_more(session, incident, now=LATER)
    bob = ("email", "bob@example.org")
    assert notified(session, incident, AlertEvent.REMINDER) == [bob]
    assert notified(session, incident, AlertEvent.UP) == [bob, SMS]


def test_the_owners_of_an_organization_are_reached_by_the_address_they_log_in_with(
    session: Session, incident: Incident
) -> None:
    stranger = watched(session).organization_id
    owner_of(session, incident.organization_id, "ada@example.org")
    owner_of(session, stranger, "eve@example.org")
    found = outbox_recipients.owners(session, incident.organization_id)
    assert found == [Destination("email", "ada@example.org")]


def follow(session: Session, before: Incident) -> Incident:
    """Let the outage change its severity."""
    end(session, before, at=LATER)
    after = broken(session, session.get_one(Monitor, before.monitor_id), now=LATER)
    after.follows_id = before.id
    session.flush()
    return after
