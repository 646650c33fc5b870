"""What comes of an outage: not told when it is settled otherwise, and never before the outage."""

from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Incident, Monitor
from models.delivery import DeliveryState
from tests.services.outage import end
from tests.services.relaying import (
    accept,
    of_event,
    seconds,
    send,
    state_of,
    take,
    taken,
    tell_more,
    tell_of_monitor,
)


def remind(session: Session, incident: Incident, number: int, at: float) -> int:
    (reminder,) = tell_more(session, incident, AlertEvent.REMINDER, number=number, now=seconds(at))
    return reminder


def test_a_reminder_of_what_is_over_or_taken_care_of_or_snoozed_is_not_sent(
    session: Session, incident: Incident, outage: int
) -> None:
    send(session, outage)
    for number, change in enumerate(("ended", "acknowledged", "snoozed"), start=1):
        reminder = remind(session, incident, number, 60)
        if change == "ended":
            end(session, incident, at=seconds(61))
        elif change == "acknowledged":
            incident.acknowledged_at = seconds(61)
        else:
            incident.snoozed_until = seconds(3600)
        session.flush()
        assert take(session, reminder, seconds(62)) is None, change
        assert state_of(session, reminder) is DeliveryState.CANCELLED
        incident.ended_at = incident.resolution = None
        incident.acknowledged_at = incident.snoozed_until = None
        session.flush()
    assert taken(session, remind(session, incident, 4, 90), seconds(90)).alert.number == 4


def test_of_several_reminders_that_waited_only_the_last_is_sent(
    session: Session, incident: Incident, outage: int
) -> None:
    send(session, outage)
    first, second = (remind(session, incident, number, 60 * number) for number in (1, 2))
    assert take(session, first, seconds(300)) is None
    assert state_of(session, first) is DeliveryState.CANCELLED
    assert taken(session, second, seconds(300)).alert.number == 2


def test_who_just_heard_of_an_outage_is_not_reminded_of_it_at_once(
    session: Session, incident: Incident, outage: int
) -> None:
    reminder = remind(session, incident, 1, 60)
    assert take(session, reminder, seconds(61)) is None
    assert state_of(session, reminder) is DeliveryState.PENDING
    accept(session, taken(session, outage, seconds(70)), seconds(70))
    assert take(session, reminder, seconds(71)) is None
    assert state_of(session, reminder) is DeliveryState.CANCELLED


def test_an_acknowledgement_of_what_is_over_is_not_sent(
    session: Session, incident: Incident, outage: int
) -> None:
    send(session, outage)
    incident.acknowledged_at = seconds(30)
    (notified,) = tell_more(session, incident, AlertEvent.ACKNOWLEDGED, now=seconds(30))
    assert taken(session, notified, seconds(31)).alert.event is AlertEvent.ACKNOWLEDGED
    end(session, incident, at=seconds(40))
    assert take(session, notified, seconds(100)) is None
    assert state_of(session, notified) is DeliveryState.CANCELLED


def unstable(session: Session, monitor_id: int, event: AlertEvent, at: float) -> int:
    monitor = session.get_one(Monitor, monitor_id)
    return tell_of_monitor(session, monitor, event, seconds(at))


def test_stability_is_told_after_instability_and_neither_if_both_are_past(
    session: Session, incident: Incident
) -> None:
    flapping = unstable(session, incident.monitor_id, AlertEvent.FLAPPING, 0)
    in_hand = taken(session, flapping)
    stable = unstable(session, incident.monitor_id, AlertEvent.STABLE, 30)
    assert take(session, stable, seconds(31)) is None
    assert accept(session, in_hand, seconds(32)) == [stable]
    assert send(session, stable, seconds(32)).alert.event is AlertEvent.STABLE
    past = unstable(session, incident.monitor_id, AlertEvent.FLAPPING, 60)
    unstable(session, incident.monitor_id, AlertEvent.STABLE, 90)
    assert take(session, past, seconds(91)) is None
    assert [each.state for each in of_event(session, AlertEvent.STABLE)] == [
        DeliveryState.SENT,
        DeliveryState.CANCELLED,
    ]


def test_that_it_flaps_again_waits_while_it_is_told_that_it_is_stable(
    session: Session, incident: Incident
) -> None:
    send(session, unstable(session, incident.monitor_id, AlertEvent.FLAPPING, 0))
    stable = unstable(session, incident.monitor_id, AlertEvent.STABLE, 30)
    in_hand = taken(session, stable, seconds(30))
    again = unstable(session, incident.monitor_id, AlertEvent.FLAPPING, 60)
    assert take(session, again, seconds(60)) is None
    assert accept(session, in_hand, seconds(61)) == [again]
    assert send(session, again, seconds(61)).alert.event is AlertEvent.FLAPPING
