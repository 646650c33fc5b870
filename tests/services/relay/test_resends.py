"""What becomes of a dead letter that is sent again, whatever happened since it died."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.state import Severity
from models import Channel, ChannelRateLimit, Incident, Monitor, MonitorState, Organization
from models.delivery import DeliveryState
from models.incident import Resolution
from security.links import Subject
from services.alerting import process as alerting
from services.contacts import channels, unsubscriptions
from services.errors import Conflict, NotFound
from services.monitors import lifecycle as monitor_lifecycle
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.relay import resends
from tests.services.outage import EMAIL, NOW, SMS, broken, end, watched
from tests.services.relaying import (
    REFUSED,
    fail,
    notify,
    of_event,
    relay_settings,
    resend,
    row,
    seconds,
    send,
    state_of,
    take,
    taken,
    tell_more,
    tell_of_monitor,
)
from tests.services.waiting import while_open
from tests.services.woken import woken_by

LATER, RESENT = seconds(60), seconds(120)


@pytest.fixture
def dead(session: Session, incident: Incident) -> int:
    """Return a dead letter that the outage began."""
    (delivery_id,) = notify(session, incident)
    fail(session, taken(session, delivery_id), REFUSED)
    return delivery_id


def test_the_beginning_of_an_outage_that_goes_on_is_told_and_so_is_its_end(
    session: Session, incident: Incident, dead: int
) -> None:
    resend(session, dead, RESENT)
    assert send(session, dead, RESENT).alert.event is AlertEvent.DOWN
    end(session, incident, at=seconds(180))
    (up,) = woken_by(session, alerting.closed, incident, now=seconds(180))
    assert send(session, up, seconds(180)).alert.event is AlertEvent.UP


def test_the_beginning_of_an_outage_that_is_over_is_told_with_its_end(
    session: Session, incident: Incident, dead: int
) -> None:
    end(session, incident, at=LATER)
    assert woken_by(session, alerting.closed, incident, now=LATER) == []
    resend(session, dead, RESENT)
    claimed = send(session, dead, RESENT)
    assert claimed.alert.event is AlertEvent.MISSED
    assert claimed.alert.ended_at == LATER
    assert state_of(session, dead) is DeliveryState.MERGED


def test_if_the_monitor_is_gone_that_is_told_with_it(
    session: Session, incident: Incident, dead: int
) -> None:
    end(session, incident, at=LATER)
    incident.resolution = Resolution.MONITOR_DELETED
    alerting.closed(session, incident, now=LATER)
    resend(session, dead, RESENT)
    assert send(session, dead, RESENT).alert.event is AlertEvent.ENDED


def test_nobody_else_is_told_the_end_again(session: Session, incident: Incident, dead: int) -> None:
    others = deliveries.record_opening(session, incident, [Destination(*SMS)], now=NOW)
    send(session, others[0])
    end(session, incident, at=LATER)
    (up,) = woken_by(session, alerting.closed, incident, now=LATER)
    assert row(session, up).kind == "sms"
    resend(session, dead, RESENT)
    resent = [each for each in of_event(session, AlertEvent.UP) if each.id != up]
    assert [each.kind for each in resent] == ["email"]


def test_of_an_outage_that_eased_since_what_is_now_is_told(
    session: Session, incident: Incident, dead: int
) -> None:
    end(session, incident, at=LATER)
    incident.resolution = Resolution.EASED
    milder = broken(session, session.get_one(Monitor, incident.monitor_id), now=LATER)
    milder.follows_id, milder.severity = incident.id, Severity.DEGRADED
    session.flush()
    resend(session, dead, RESENT)
    assert take(session, dead, RESENT) is None
    assert state_of(session, dead) is DeliveryState.CANCELLED
    (degraded,) = of_event(session, AlertEvent.DEGRADED)
    assert send(session, degraded.id, RESENT).alert.event is AlertEvent.DEGRADED
    end(session, milder, at=seconds(180))
    assert len(woken_by(session, alerting.closed, milder, now=seconds(180))) == 1


def test_an_end_that_died_is_told_again(session: Session, incident: Incident) -> None:
    (opening,) = notify(session, incident)
    send(session, opening)
    end(session, incident, at=LATER)
    (up,) = woken_by(session, alerting.closed, incident, now=LATER)
    fail(session, taken(session, up, LATER), REFUSED, LATER)
    resend(session, up, RESENT)
    assert send(session, up, RESENT).alert.event is AlertEvent.UP


def test_a_missed_outage_that_died_is_told_again(session: Session, incident: Incident) -> None:
    (opening,) = notify(session, incident)
    end(session, incident, at=LATER)
    (up,) = woken_by(session, alerting.closed, incident, now=LATER)
    fail(session, taken(session, up, LATER), REFUSED, LATER)
    assert state_of(session, opening) is DeliveryState.MERGED
    resend(session, up, RESENT)
    assert send(session, up, RESENT).alert.event is AlertEvent.MISSED


def test_a_reminder_of_what_is_over_is_left_out(session: Session, incident: Incident) -> None:
    send(session, notify(session, incident)[0])
    (reminder,) = tell_more(session, incident, AlertEvent.REMINDER, number=1, now=NOW)
    fail(session, taken(session, reminder), REFUSED)
    end(session, incident, at=LATER)
    resend(session, reminder, RESENT)
    assert take(session, reminder, RESENT) is None
    assert state_of(session, reminder) is DeliveryState.CANCELLED


def test_being_unstable_is_not_told_without_being_stable_again(session: Session) -> None:
    monitor = watched(session, EMAIL)
    unstable = tell_of_monitor(session, monitor, AlertEvent.FLAPPING)
    fail(session, taken(session, unstable), REFUSED)
    stable = tell_of_monitor(session, monitor, AlertEvent.STABLE)
    assert take(session, stable, LATER) is None
    resend(session, unstable, RESENT)
    assert send(session, unstable, RESENT).alert.event is AlertEvent.FLAPPING
    assert send(session, stable, RESENT).alert.event is AlertEvent.STABLE


def test_what_is_unstable_again_is_not_called_stable_by_what_is_sent_again(
    session: Session,
) -> None:
    monitor = watched(session, EMAIL)
    first = tell_of_monitor(session, monitor, AlertEvent.FLAPPING)
    fail(session, taken(session, first), REFUSED)
    stable = tell_of_monitor(session, monitor, AlertEvent.STABLE)
    assert take(session, stable) is None
    again = tell_of_monitor(session, monitor, AlertEvent.FLAPPING)
    send(session, again)
    resend(session, first, RESENT)
    assert take(session, first, RESENT) is None
    assert take(session, stable, RESENT) is None
    states = [state_of(session, each) for each in (first, stable, again)]
    assert states == [DeliveryState.CANCELLED, DeliveryState.CANCELLED, DeliveryState.SENT]


def test_a_deleted_channel_is_told_of_no_beginning(session: Session, dead: int) -> None:
    channel = session.get_one(Channel, row(session, dead).channel_id)
    channels.delete(session, channel, now=LATER)
    session.flush()
    with pytest.raises(Conflict, match=r"The channel was deleted\."):
        resend(session, dead, RESENT)
    assert state_of(session, dead) is DeliveryState.DEAD


def test_who_unsubscribed_gets_nothing(session: Session, dead: int) -> None:
    channel = session.get_one(Channel, row(session, dead).channel_id)
    organization = session.get_one(Organization, channel.organization_id)
    subject = Subject(organization_id=organization.public_id, id=channel.public_id)
    unsubscriptions.accept(session, subject, now=LATER)
    with pytest.raises(Conflict, match="Unsubscribed"):
        resend(session, dead, RESENT)
    assert state_of(session, dead) is DeliveryState.DEAD


def test_while_the_quota_is_used_up_a_text_ends_as_a_dead_letter_again(
    session: Session, incident: Incident
) -> None:
    none_left = relay_settings(text_quota=0)
    (text,) = deliveries.record_opening(session, incident, [Destination(*SMS)], now=NOW)
    for _ in range(2):
        assert take(session, text, RESENT, by=none_left) is None
        assert state_of(session, text) is DeliveryState.DEAD
        assert "quota of 0" in str(row(session, text).last_error)
        resend(session, text, RESENT)


@pytest.fixture
def lost(committed: Engine) -> int:
    """Return a dead letter of an outage that every connection sees."""
    with Session(committed) as session, session.begin():
        monitor = watched(session, EMAIL)
        monitor_lifecycle.begin(session, [monitor, watched(session)], now=NOW)
        (delivery_id,) = notify(session, broken(session, monitor))
        fail(session, taken(session, delivery_id), REFUSED)
        return delivery_id


def test_whoever_ends_the_outage_waits_for_who_sends_again_and_nobody_else_does(
    committed: Engine, lost: int
) -> None:
    with Session(committed) as member, Session(committed) as check:
        resend(member, lost, RESENT)
        states = select(MonitorState.monitor_id).with_for_update(nowait=True)
        this = MonitorState.monitor_id == row(member, lost).monitor_id
        assert len(check.scalars(states.where(~this)).all()) == 1
        with pytest.raises(OperationalError, match="could not obtain lock"):
            check.scalars(states.where(this)).all()


def test_relays_of_the_channel_wait_for_who_sends_again(committed: Engine, lost: int) -> None:
    with Session(committed) as member, Session(committed) as relay:
        resend(member, lost, RESENT)
        with pytest.raises(OperationalError, match="could not obtain lock"):
            relay.scalars(select(ChannelRateLimit).with_for_update(nowait=True)).all()


def test_of_two_who_send_again_at_once_the_second_hears_that_it_is_no_dead_letter(
    committed: Engine, lost: int
) -> None:
    def second() -> None:
        with Session(committed) as session, session.begin():
            resend(session, lost, RESENT)

    with while_open(committed, second) as (first, answer):
        resend(first, lost, RESENT)
    with pytest.raises(Conflict, match="This delivery is pending"):
        answer.result(20)


def test_invariant_6_of_a_message_of_others_nobody_learns_even_that_it_is_there(
    session: Session, dead: int
) -> None:
    stranger = watched(session).organization_id
    with pytest.raises(NotFound):
        resends.resend(session, stranger, row(session, dead).public_id, now=RESENT)
    assert state_of(session, dead) is DeliveryState.DEAD
