"""What comes back with a dead letter that is sent again: what its channel did not hear of either."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.state import Severity
from domain.relay.retry import GIVE_UP_AFTER
from models import Channel, Incident, Monitor
from models.delivery import DeliveryState
from models.incident import Resolution
from services.alerting import process as alerting
from services.contacts import channel_health
from tests.services.outage import EMAIL, NOW, beside, broken, end, watched
from tests.services.relaying import (
    BUSY,
    GONE,
    REFUSED,
    fail,
    notify,
    of_event,
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
from tests.services.woken import woken_by

LATER, RESENT = seconds(60), seconds(120)
DEAD, CANCELLED = DeliveryState.DEAD, DeliveryState.CANCELLED


def enable(session: Session) -> None:
    """Let messages go again to the one channel that there is."""
    channel_health.enable(session, session.scalars(select(Channel)).one(), now=LATER)


def ended(session: Session, incident: Incident) -> list[int]:
    end(session, incident, at=LATER)
    return woken_by(session, alerting.closed, incident, now=LATER)


def changed(session: Session, before: Incident, severity: Severity) -> Incident:
    """Let the outage go on as another incident, since its severity changed."""
    end(session, before, at=LATER)
    before.resolution = Resolution.EASED
    after = broken(session, session.get_one(Monitor, before.monitor_id), now=LATER)
    after.follows_id, after.severity = before.id, severity
    session.flush()
    return after


def refused(session: Session, delivery_id: int, at: float = 0) -> int:
    fail(session, taken(session, delivery_id, seconds(at)), REFUSED, seconds(at))
    return delivery_id


def test_an_end_that_died_with_the_channel_is_told_with_the_beginning(
    session: Session, monitor: Monitor
) -> None:
    incident = broken(session, monitor)
    (down,) = notify(session, incident)
    in_hand = taken(session, down)
    (up,) = ended(session, incident)
    row(session, up).next_attempt_at = seconds(3600)
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
    (down,) = notify(session, incident)
    in_hand = taken(session, down)
    milder = changed(session, incident, Severity.DEGRADED)
    (degraded,) = notify(session, milder, now=LATER)
    fail(session, in_hand, REFUSED, LATER)
    refused(session, degraded, 60)
    assert woken_by(session, resend, down, RESENT) == [down, degraded], "relays are woken for both"
    assert take(session, down, RESENT) is None
    assert state_of(session, down) is CANCELLED
    assert send(session, degraded, RESENT).alert.event is AlertEvent.DEGRADED


def test_that_a_monitor_is_stable_comes_back_with_that_it_was_not_though_it_died(
    session: Session, monitor: Monitor
) -> None:
    unstable = tell_of_monitor(session, monitor, AlertEvent.FLAPPING)
    in_hand = taken(session, unstable)
    stable = tell_of_monitor(session, monitor, AlertEvent.STABLE)
    fail(session, in_hand, GONE)
    enable(session)
    resend(session, unstable, RESENT)
    assert send(session, unstable, RESENT).alert.event is AlertEvent.FLAPPING
    assert send(session, stable, RESENT).alert.event is AlertEvent.STABLE


def worsened(session: Session, monitor: Monitor) -> tuple[Incident, int]:
    """Tell that the monitor is degraded, and be refused to tell that it is down by now."""
    mild = broken(session, monitor)
    mild.severity = Severity.DEGRADED
    send(session, notify(session, mild)[0])
    incident = changed(session, mild, Severity.DOWN)
    return incident, refused(session, notify(session, incident, now=LATER)[0], 60)


def test_an_end_that_was_told_is_not_told_again(session: Session, monitor: Monitor) -> None:
    incident, down = worsened(session, monitor)
    (up,) = ended(session, incident)
    send(session, up, LATER)
    resend(session, down, RESENT)
    assert take(session, down, RESENT) is None
    assert take(session, up, RESENT) is None
    assert [state_of(session, each) for each in (down, up)] == [CANCELLED, DeliveryState.SENT]


def test_an_end_that_comes_back_is_tried_for_another_day(
    session: Session, monitor: Monitor
) -> None:
    incident, down = worsened(session, monitor)
    (up,) = ended(session, incident)
    fail(session, taken(session, up, LATER), BUSY, LATER)
    much_later = LATER + GIVE_UP_AFTER
    fail(session, taken(session, up, much_later), BUSY, much_later)
    assert state_of(session, up) is DEAD
    resend(session, down, much_later)
    fail(session, taken(session, up, much_later), BUSY, much_later)
    assert state_of(session, up) is DeliveryState.PENDING


def test_the_end_that_nobody_there_was_owed_belongs_to_the_channel(
    session: Session, monitor: Monitor
) -> None:
    incident = broken(session, monitor)
    down = refused(session, notify(session, incident)[0])
    assert ended(session, incident) == []
    resend(session, down, RESENT)
    (up,) = of_event(session, AlertEvent.UP)
    assert up.channel_id == row(session, down).channel_id is not None


def missed_by_all(session: Session, monitor: Monitor) -> dict[tuple[str, str], tuple[int, int]]:
    """Refuse an outage that is over everywhere; return by address its beginning and its end."""
    incident = broken(session, monitor)
    in_hand = [taken(session, each) for each in notify(session, incident)]
    ends = ended(session, incident)
    for each in in_hand:
        fail(session, each, REFUSED, LATER)
    assert [take(session, each, LATER) for each in ends] == [None] * len(ends)
    downs = [row(session, each.id) for each in in_hand]
    return {(each.kind, each.address): (each.id, up) for each, up in zip(downs, ends, strict=True)}


@pytest.mark.parametrize("other", [("email", "bob@example.org"), ("pigeon", EMAIL[1])])
def test_the_end_comes_back_for_no_other_channel(session: Session, other: tuple[str, str]) -> None:
    missed = missed_by_all(session, watched(session, EMAIL, other))
    resend(session, missed[EMAIL][0], RESENT)
    assert [state_of(session, each) for each in missed[other]] == [DEAD, CANCELLED]
    assert send(session, missed[EMAIL][0], RESENT).alert.event is AlertEvent.MISSED


def test_the_end_of_another_outage_stays_where_it_is(session: Session, monitor: Monitor) -> None:
    first, second = (missed_by_all(session, monitor)[EMAIL] for _ in range(2))
    resend(session, first[0], RESENT)
    assert [state_of(session, each) for each in second] == [DEAD, CANCELLED]
    assert send(session, first[0], RESENT).alert.event is AlertEvent.MISSED


def test_with_a_beginning_comes_back_nothing_but_what_came_of_it(
    session: Session, monitor: Monitor
) -> None:
    incident = broken(session, monitor)
    in_hand = taken(session, notify(session, incident)[0])
    (reminder,) = tell_more(session, incident, AlertEvent.REMINDER, number=1, now=NOW)
    stable = tell_of_monitor(session, monitor, AlertEvent.STABLE)
    fail(session, in_hand, REFUSED)
    assert [take(session, each) for each in (reminder, stable)] == [None, None]
    resend(session, in_hand.id, RESENT)
    assert [state_of(session, each) for each in (reminder, stable)] == [CANCELLED, CANCELLED]


def test_with_being_unstable_comes_back_nothing_but_being_stable_again(
    session: Session, monitor: Monitor
) -> None:
    before = tell_of_monitor(session, monitor, AlertEvent.STABLE)
    unstable = refused(session, tell_of_monitor(session, monitor, AlertEvent.FLAPPING))
    burning = refused(session, tell_of_monitor(session, monitor, AlertEvent.BURN_RATE))
    elsewhere = tell_of_monitor(session, beside(session, monitor), AlertEvent.STABLE)
    assert [take(session, each) for each in (before, elsewhere)] == [None, None]
    resend(session, unstable, RESENT)
    states = [state_of(session, each) for each in (before, burning, elsewhere)]
    assert states == [CANCELLED, DEAD, CANCELLED]
