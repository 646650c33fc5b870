"""Marks: an end for every message, each attempt with its answer, and what it unblocks."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.relay.retry import GIVE_UP_AFTER
from models import DeliveryAttempt, Incident, Monitor
from models.delivery import DeliveryState
from notifiers.base import NotifierError
from services.outbox import rate_limits
from services.relay.claims import LEASE, due
from tests.services.outage import EMAIL, NOW, SMS, broken, end, watched
from tests.services.relaying import (
    BUSY,
    REFUSED,
    accept,
    fail,
    notify,
    row,
    seconds,
    state_of,
    take,
    taken,
)


def attempts(session: Session, delivery_id: int) -> list[DeliveryAttempt]:
    query = select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery_id)
    return list(session.scalars(query.order_by(DeliveryAttempt.attempt)))


def test_what_is_sent_stays_sent(session: Session, outage: int) -> None:
    claimed = taken(session, outage)
    accept(session, claimed, seconds(1))
    delivery = row(session, outage)
    assert (delivery.state, delivery.sent_at) == (DeliveryState.SENT, seconds(1))
    assert delivery.provider_reference == "accepted"
    assert take(session, outage, seconds(1000)) is None
    assert fail(session, claimed, BUSY, seconds(2)) == []
    assert state_of(session, outage) is DeliveryState.SENT


def test_a_temporary_failure_is_tried_again_later_under_the_same_key(
    session: Session, outage: int
) -> None:
    first = taken(session, outage)
    assert fail(session, first, BUSY, seconds(1)) == []
    delivery = row(session, outage)
    assert (delivery.state, delivery.last_error) == (DeliveryState.PENDING, "The server is busy.")
    assert take(session, outage, seconds(5.9)) is None
    second = taken(session, outage, seconds(6))
    assert (second.attempt, second.alert.key) == (2, first.alert.key)


def test_every_attempt_is_written_down_with_its_answer(session: Session, outage: int) -> None:
    fail(session, taken(session, outage), BUSY, seconds(2))
    taken(session, outage, seconds(10))
    accept(session, taken(session, outage, seconds(10) + LEASE), seconds(72))
    found = attempts(session, outage)
    assert [(each.attempt, each.accepted, each.answer) for each in found] == [
        (1, False, "The server is busy."),
        (2, False, "The sending process ended before it recorded the answer."),
        (3, True, "Accepted."),
    ]
    assert [(each.began_at, each.ended_at) for each in found] == [
        (NOW, seconds(2)),
        (seconds(10), seconds(70)),
        (seconds(70), seconds(72)),
    ]
    assert {each.organization_id for each in found} == {row(session, outage).organization_id}


def test_an_answer_of_any_length_is_kept_in_part(session: Session, outage: int) -> None:
    fail(session, taken(session, outage), NotifierError("x" * 10_000))
    assert len(attempts(session, outage)[0].answer) == 500


def test_the_wait_that_a_provider_asks_for_holds_the_whole_channel(session: Session) -> None:
    monitor = watched(session, EMAIL, SMS)
    ids = notify(session, broken(session, monitor))
    other = notify(session, broken(session, watched(session, EMAIL)))
    by_email = next(each for each in ids if row(session, each).kind == "email")
    slow = NotifierError("Too many.", retry_after=300)
    fail(session, taken(session, by_email), slow, NOW)
    again = notify(session, _next_incident(session, monitor), now=seconds(1))
    held = next(each for each in again if row(session, each).kind == "email")
    coming = due(session, now=seconds(299), limit=9)
    assert held not in coming
    assert by_email not in coming
    assert take(session, held, seconds(299)) is None
    # Of another channel, and of another organization, nothing is held.
    assert set(other) < set(coming)
    assert len(coming) == 3
    assert taken(session, by_email, seconds(300)).attempt == 2


def test_invariant_4_a_permanent_failure_is_a_visible_dead_letter(
    session: Session, outage: int
) -> None:
    fail(session, taken(session, outage), REFUSED, seconds(1))
    delivery = row(session, outage)
    assert (delivery.state, delivery.last_error) == (DeliveryState.DEAD, "The text was refused.")
    assert due(session, now=seconds(10**6), limit=9) == []


def test_invariant_4_after_a_day_of_failures_a_delivery_is_dead(
    session: Session, outage: int
) -> None:
    # The queue was down for hours before: that takes nothing of the day.
    begun = now = NOW + timedelta(hours=6)
    count = 0
    while state_of(session, outage) is not DeliveryState.DEAD:
        fail(session, taken(session, outage, now), BUSY, now)
        now, count = row(session, outage).next_attempt_at, count + 1
    assert timedelta(hours=23) < now - begun < GIVE_UP_AFTER
    assert 90 < count < 120
    assert row(session, outage).last_error == "The server is busy."
    assert len(attempts(session, outage)) == count


def test_invariant_4_a_delivery_that_ends_its_relay_each_time_is_dead_after_a_day(
    session: Session, outage: int
) -> None:
    taken(session, outage)
    assert take(session, outage, NOW + GIVE_UP_AFTER) is None
    delivery = row(session, outage)
    assert delivery.state is DeliveryState.DEAD
    assert delivery.last_error == "No attempt to send the message finished."
    assert len(attempts(session, outage)) == 1


def test_what_waited_for_us_beyond_its_day_is_tried_once_more(
    session: Session, outage: int
) -> None:
    fail(session, taken(session, outage), BUSY)
    assert taken(session, outage, NOW + 2 * GIVE_UP_AFTER).attempt == 2


def test_the_mark_of_a_relay_whose_lease_was_taken_over_counts_for_nothing(
    session: Session, outage: int
) -> None:
    slow = taken(session, outage)
    quick = taken(session, outage, seconds(60))
    assert fail(session, slow, REFUSED, seconds(61)) == []
    assert accept(session, slow, seconds(61)) == []
    assert state_of(session, outage) is DeliveryState.SENDING
    accept(session, quick, seconds(62))
    assert row(session, outage).sent_at == seconds(62)


def _next_incident(session: Session, monitor: Monitor) -> Incident:
    """End the open incident of the monitor, and begin another one."""
    before = session.scalars(
        select(Incident).where(Incident.monitor_id == monitor.id, Incident.ended_at.is_(None))
    ).one()
    end(session, before, at=NOW)
    return broken(session, monitor)


def test_a_mark_waits_while_another_relay_decides_about_its_channel(committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        (delivery_id,) = notify(session, broken(session, watched(session, EMAIL)))
        claimed = taken(session, delivery_id)
        owner = row(session, delivery_id).organization_id
    with Session(committed) as another, Session(committed) as relay:
        rate_limits.lock(another, owner, *EMAIL)
        relay.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            accept(relay, claimed)
