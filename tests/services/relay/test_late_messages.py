"""What comes late: combined with its end, overtaken by what followed, or left out."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.state import Severity
from models import Incident, Monitor
from models.delivery import DeliveryState
from services.operations import system_counts
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.relay.claims import due
from tests.services.outage import EMAIL, NOW, SMS, broken, end, watched
from tests.services.relaying import (
    REFUSED,
    accept,
    fail,
    notify,
    row,
    seconds,
    send,
    state_of,
    take,
    taken,
    tell_more,
)


def recover(session: Session, incident: Incident, at: float = 60) -> int:
    end(session, incident, at=seconds(at))
    return tell_more(session, incident, now=seconds(at))[0]


def worsen(session: Session, before: Incident, at: float = 30) -> Incident:
    """Let a degraded service go down."""
    end(session, before, at=seconds(at))
    worse = broken(session, session.get_one(Monitor, before.monitor_id), now=seconds(at))
    worse.follows_id = before.id
    session.flush()
    return worse


@pytest.fixture
def degraded(incident: Incident) -> Incident:
    incident.severity = Severity.DEGRADED
    return incident


def test_the_recovery_is_told_with_its_duration_and_refers_to_the_outage(
    session: Session, incident: Incident, outage: int
) -> None:
    notified = send(session, outage)
    alert = send(session, recover(session, incident), seconds(62)).alert
    assert (alert.event, alert.duration) == (AlertEvent.UP, timedelta(seconds=130))
    assert alert.outage_key == notified.alert.key != alert.key


def test_a_recovery_waits_while_its_outage_is_being_sent(
    session: Session, incident: Incident, outage: int
) -> None:
    notified = taken(session, outage, seconds(59))
    recovery = recover(session, incident)
    assert due(session, now=seconds(60), limit=9) == []
    assert take(session, recovery, seconds(61)) is None
    assert accept(session, notified, seconds(62)) == [recovery]
    assert due(session, now=seconds(62), limit=9) == [recovery]
    assert taken(session, recovery, seconds(62)).alert.event is AlertEvent.UP


def test_an_outage_that_is_over_before_it_could_be_told_is_one_message(
    session: Session, incident: Incident, outage: int
) -> None:
    recovery = recover(session, incident)
    assert due(session, now=seconds(60), limit=9) == [outage]
    claimed = taken(session, outage, seconds(3600))
    assert (claimed.id, claimed.alert.event) == (recovery, AlertEvent.MISSED)
    assert claimed.alert.duration == timedelta(seconds=130)
    assert claimed.alert.late_by == timedelta(seconds=3540)
    assert claimed.alert.outage_key == str(row(session, outage).public_id)
    assert accept(session, claimed, seconds(3601)) == []
    assert (state_of(session, outage), row(session, outage).digest_id) == (
        DeliveryState.MERGED,
        recovery,
    )
    assert due(session, now=seconds(10**6), limit=9) == []


def test_a_combined_message_has_a_key_of_its_own_since_the_outage_may_have_arrived(
    session: Session, incident: Incident, outage: int
) -> None:
    lost = taken(session, outage)
    recovery = recover(session, incident)
    combined = taken(session, outage, seconds(61))
    assert combined.alert.key == str(row(session, recovery).public_id) != lost.alert.key
    assert combined.alert.outage_key == lost.alert.key
    again = taken(session, recovery, seconds(130))
    assert (again.alert.event, again.alert.key) == (AlertEvent.MISSED, combined.alert.key)


def test_a_failed_outage_that_ends_before_the_next_attempt_is_combined_at_that_time(
    session: Session, incident: Incident, outage: int
) -> None:
    fail(session, taken(session, outage, seconds(58)), now=seconds(58))
    recovery = recover(session, incident)
    assert take(session, recovery, seconds(62)) is None
    assert taken(session, outage, seconds(63)).alert.event is AlertEvent.MISSED


def test_who_is_left_alone_until_morning_gets_one_message_then(
    session: Session, incident: Incident
) -> None:
    morning = NOW + timedelta(hours=8)
    night = [Destination(*EMAIL, not_before=morning)]
    (opening,) = deliveries.record_opening(session, incident, night, now=NOW)
    recovery = recover(session, incident)
    assert due(session, now=seconds(3600), limit=9) == []
    assert take(session, recovery, seconds(3600)) is None
    assert due(session, now=morning, limit=9) == [opening]
    assert taken(session, opening, morning).alert.event is AlertEvent.MISSED


def test_what_waits_until_its_reader_is_awake_is_not_taken_for_what_nobody_sends(
    session: Session, incident: Incident, outage: int
) -> None:
    fail(session, taken(session, outage, seconds(58)), now=seconds(58))
    morning = NOW + timedelta(hours=8)
    recovery = recover(session, incident)
    row(session, recovery).next_attempt_at = morning
    assert take(session, outage, seconds(63)) is None
    assert due(session, now=seconds(3600), limit=9) == []
    assert system_counts.waiting_since(session, now=seconds(3600)) is None
    assert taken(session, outage, morning).alert.event is AlertEvent.MISSED


def test_that_it_is_stable_waits_for_the_morning_with_that_it_was_not(
    session: Session, incident: Incident
) -> None:
    morning = NOW + timedelta(hours=8)
    unstable, stable = (
        deliveries.record(
            session,
            organization_id=incident.organization_id,
            dedup_key=f"monitor/1/{event}",
            event=event,
            channels=[Destination(*EMAIL, not_before=not_before)],
            monitor_id=incident.monitor_id,
            now=NOW,
        )[0]
        for event, not_before in ((AlertEvent.FLAPPING, morning), (AlertEvent.STABLE, None))
    )
    assert take(session, stable) is None
    assert due(session, now=seconds(3600), limit=9) == []
    assert system_counts.waiting_since(session, now=seconds(3600)) is None
    assert due(session, now=morning, limit=9) == [unstable, stable]


def test_a_monitor_deleted_before_its_outage_could_be_told_is_said_to_have_ended(
    session: Session, incident: Incident, outage: int
) -> None:
    end(session, incident, at=seconds(60))
    tell_more(session, incident, AlertEvent.ENDED, now=seconds(60))
    assert send(session, outage, seconds(61)).alert.event is AlertEvent.ENDED
    assert state_of(session, outage) is DeliveryState.MERGED


def test_a_recovery_whose_outage_could_not_be_told_is_cancelled(
    session: Session, incident: Incident, outage: int
) -> None:
    notified = taken(session, outage, seconds(59))
    recovery = recover(session, incident)
    assert fail(session, notified, REFUSED, seconds(61)) == [recovery]
    assert due(session, now=seconds(61), limit=9) == [recovery]
    assert take(session, recovery, seconds(61)) is None
    assert state_of(session, recovery) is DeliveryState.CANCELLED
    assert due(session, now=seconds(10**6), limit=9) == []


def test_a_recovery_does_not_wait_for_the_outage_of_another_address(session: Session) -> None:
    incident = broken(session, watched(session, EMAIL, SMS))
    ids = notify(session, incident)
    by_email = next(each for each in ids if row(session, each).kind == "email")
    send(session, by_email)
    end(session, incident, at=seconds(60))
    tell_more(session, incident, now=seconds(60))
    coming = [row(session, each) for each in due(session, now=seconds(60), limit=9)]
    assert {(each.event, each.kind) for each in coming} == {
        (AlertEvent.DOWN, "sms"),
        (AlertEvent.UP, "email"),
    }


def test_invariant_3_the_end_of_a_chain_comes_after_all_that_was_told_of_it(
    session: Session, degraded: Incident
) -> None:
    first = send(session, notify(session, degraded)[0])
    worse = worsen(session, degraded)
    in_hand = taken(session, notify(session, worse, now=seconds(30))[0], seconds(30))
    assert in_hand.alert.outage_key == first.alert.key
    recovery = recover(session, worse)
    assert take(session, recovery, seconds(61)) is None
    assert accept(session, in_hand, seconds(62)) == [recovery]
    alert = send(session, recovery, seconds(62)).alert
    assert (alert.event, alert.outage_key) == (AlertEvent.UP, first.alert.key)


def test_of_an_outage_that_got_worse_only_the_worse_is_told_late(
    session: Session, degraded: Incident
) -> None:
    mild = notify(session, degraded)[0]
    severe = notify(session, worsen(session, degraded), now=seconds(30))[0]
    assert take(session, mild, seconds(40)) is None
    assert state_of(session, mild) is DeliveryState.CANCELLED
    alert = taken(session, severe, seconds(40)).alert
    assert (alert.event, alert.outage_key) == (AlertEvent.DOWN, alert.key)


def test_what_got_worse_waits_for_the_milder_message_that_is_being_sent(
    session: Session, degraded: Incident
) -> None:
    mild = taken(session, notify(session, degraded)[0])
    severe = notify(session, worsen(session, degraded), now=seconds(30))[0]
    assert take(session, severe, seconds(30)) is None
    assert accept(session, mild, seconds(31)) == [severe]
    assert taken(session, severe, seconds(31)).alert.event is AlertEvent.DOWN


def test_who_knew_of_the_milder_outage_only_hears_of_the_end_and_not_of_the_worse_before(
    session: Session, degraded: Incident
) -> None:
    send(session, notify(session, degraded)[0])
    worse = worsen(session, degraded)
    severe = notify(session, worse, now=seconds(30))[0]
    recovery = recover(session, worse)
    claimed = send(session, severe, seconds(61))
    assert (claimed.id, claimed.alert.event) == (recovery, AlertEvent.UP)
    assert state_of(session, severe) is DeliveryState.CANCELLED


def test_a_missed_outage_that_eased_is_told_by_its_worst_part(session: Session) -> None:
    incident = broken(session, watched(session, EMAIL))
    opening = notify(session, incident)[0]
    eased = worsen(session, incident)
    eased.severity = Severity.DEGRADED
    notify(session, eased, now=seconds(30))
    recover(session, eased)
    alert = send(session, opening, seconds(61)).alert
    assert (alert.event, alert.is_degraded) == (AlertEvent.MISSED, False)
    assert alert.ended_at == seconds(30)
