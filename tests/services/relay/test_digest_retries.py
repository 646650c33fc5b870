"""Digests that are tried again: under the same key, with the same members, whatever happened meanwhile."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.alerting.alert import Alert, AlertEvent
from domain.relay.retry import GIVE_UP_AFTER
from models import Channel, Delivery, DeliveryAttempt, Monitor
from models.delivery import DeliveryState
from services.outbox import deliveries
from services.outbox import recipients as outbox_recipients
from services.outbox.recipients import Destination
from services.relay.claims import LEASE, Claimed, due
from tests.services.outage import EMAIL, NOW, beside, broken, end
from tests.services.relaying import (
    BUSY,
    REFUSED,
    accept,
    fail,
    incident_of,
    recover,
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

NONE_ALONE = relay_settings(burst=0)
MEANWHILE = 65
FIRST, AGAIN, LATER = seconds(60), seconds(70), seconds(300)


def outages(session: Session, monitor: Monitor, count: int) -> list[int]:
    """Write that so many monitors of the organization went down."""
    notified = [Destination(*EMAIL, channel_id=session.scalars(select(Channel.id)).one())]
    return [
        deliveries.record_opening(
            session, broken(session, beside(session, monitor)), notified, now=NOW
        )[0]
        for _ in range(count)
    ]


def refused_once(session: Session, ids: list[int]) -> Claimed:
    """Let all of them go as one message when their minute is over, and be refused for now."""
    assert take(session, ids[0], by=NONE_ALONE) is None
    claimed = taken(session, ids[0], FIRST, by=NONE_ALONE)
    assert said(session, claimed.alert) == [(each, "down") for each in ids]
    fail(session, claimed, BUSY, FIRST)
    return claimed


def said(session: Session, alert: Alert) -> list[tuple[int, str]]:
    """Return of each part which message it is, and what it says."""
    ids = {str(each.public_id): each.id for each in session.scalars(select(Delivery))}
    return [(ids[part.key], part.event.value) for part in alert.parts]


def test_an_outage_that_ends_before_the_next_attempt_stays_and_its_end_follows(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 4)
    first = refused_once(session, ids)
    over = recover(session, ids[2], MEANWHILE)
    assert take(session, over, seconds(66), by=NONE_ALONE) is None
    assert due(session, now=AGAIN, limit=9) == [ids[0]]
    again = taken(session, ids[0], AGAIN, by=NONE_ALONE)
    assert again.alert == first.alert
    assert accept(session, again, AGAIN) == [over]
    assert (state_of(session, ids[2]), row(session, ids[2]).digest_id) == (
        DeliveryState.MERGED,
        ids[0],
    )
    alert = send(session, over, LATER).alert
    assert (alert.event, alert.outage_key) == (
        AlertEvent.UP,
        str(row(session, ids[2]).public_id),
    )
    assert due(session, now=seconds(10**6), limit=9) == []


def test_the_first_of_a_digest_stays_in_it_when_it_is_over_itself(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 3)
    first = refused_once(session, ids)
    over = recover(session, ids[0], MEANWHILE)
    again = taken(session, ids[0], AGAIN, by=NONE_ALONE)
    assert again.alert == first.alert
    assert take(session, over, AGAIN, by=NONE_ALONE) is None
    assert accept(session, again, AGAIN) == [over]
    assert send(session, over, LATER).alert.event is AlertEvent.UP
    assert due(session, now=seconds(10**6), limit=9) == []


def test_a_burst_that_is_over_before_it_was_accepted_is_followed_by_one_message_of_its_ends(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 5)
    first = refused_once(session, ids)
    ends = [recover(session, each, MEANWHILE) for each in ids]
    assert [take(session, each, LATER, by=NONE_ALONE) for each in ends] == [None] * 5
    again = taken(session, ids[0], LATER, by=NONE_ALONE)
    assert (again.alert.key, said(session, again.alert)) == (
        first.alert.key,
        [(each, "down") for each in ids],
    )
    assert accept(session, again, LATER) == ends
    claimed = send(session, ends[0], LATER, by=NONE_ALONE)
    assert said(session, claimed.alert) == [(each, "up") for each in ends]
    assert due(session, now=seconds(10**6), limit=9) == []


def test_invariant_4_a_digest_whose_relay_died_keeps_its_members_and_what_came_since_goes_next(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 3)
    take(session, ids[0], by=NONE_ALONE)
    first = taken(session, ids[0], FIRST, by=NONE_ALONE)
    recover(session, ids[1], MEANWHILE)
    since = outages(session, monitor, 2)
    again = taken(session, ids[0], FIRST + LEASE, by=NONE_ALONE)
    assert again.alert == first.alert
    following = taken(session, since[0], FIRST + LEASE, by=NONE_ALONE)
    assert said(session, following.alert) == [(each, "down") for each in since]
    fail(session, again, BUSY, FIRST + LEASE)
    last = taken(session, ids[0], LATER, by=NONE_ALONE)
    assert (last.alert.key, said(session, last.alert)) == (
        first.alert.key,
        said(session, first.alert),
    )


def test_a_reminder_of_what_somebody_takes_care_of_by_now_stays(
    session: Session, monitor: Monitor
) -> None:
    known, *others = outages(session, monitor, 3)
    send(session, known)
    incident = incident_of(session, known)
    (reminder,) = tell_more(session, incident, AlertEvent.REMINDER, number=1, now=seconds(1))
    first = taken(session, others[0], FIRST, by=NONE_ALONE)
    fail(session, first, BUSY, FIRST)
    assert row(session, reminder).digest_id == others[0]
    incident.acknowledged_at = seconds(MEANWHILE)
    again = taken(session, others[0], AGAIN, by=NONE_ALONE)
    assert said(session, again.alert) == said(session, first.alert)
    assert (reminder, "reminder") in said(session, again.alert)


def test_what_comes_after_a_part_waits_for_the_digest_and_does_not_look_forgotten(
    session: Session, monitor: Monitor
) -> None:
    send(session, tell_of_monitor(session, monitor, AlertEvent.FLAPPING))
    ids = outages(session, monitor, 2)
    stable = tell_of_monitor(session, monitor, AlertEvent.STABLE)
    fail(session, taken(session, ids[0], FIRST, by=NONE_ALONE), BUSY, FIRST)
    assert row(session, stable).digest_id == ids[0]
    unstable = tell_of_monitor(session, monitor, AlertEvent.FLAPPING)
    assert take(session, unstable, seconds(61)) is None
    assert due(session, now=seconds(61), limit=9) == []
    again = taken(session, ids[0], AGAIN, by=NONE_ALONE)
    assert accept(session, again, AGAIN) == [unstable]
    assert send(session, unstable, AGAIN).alert.event is AlertEvent.FLAPPING


def test_that_an_outage_got_worse_meanwhile_is_said_after_the_digest(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 3)
    first = refused_once(session, ids)
    before = incident_of(session, ids[1])
    end(session, before, at=seconds(MEANWHILE))
    worse = broken(session, session.get_one(Monitor, before.monitor_id), now=seconds(MEANWHILE))
    worse.follows_id = before.id
    session.flush()
    notified = outbox_recipients.owed(session, before)
    (worst,) = deliveries.record_opening(session, worse, notified, now=seconds(MEANWHILE))
    assert take(session, worst, seconds(66), by=NONE_ALONE) is None
    again = taken(session, ids[0], AGAIN, by=NONE_ALONE)
    assert again.alert == first.alert
    assert accept(session, again, AGAIN) == [worst]
    assert due(session, now=LATER, limit=9) == [worst]


def test_what_a_refused_digest_was_to_say_is_tried_one_by_one_its_first_part_too(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 3)
    take(session, ids[0], by=NONE_ALONE)
    digest = taken(session, ids[0], FIRST, by=NONE_ALONE)
    assert fail(session, digest, REFUSED, FIRST) == ids
    alone = [taken(session, each, FIRST, by=NONE_ALONE) for each in ids]
    assert [each.alert.event for each in alone] == [AlertEvent.DOWN] * 3
    assert [each.alert.key for each in alone] == [str(row(session, each).public_id) for each in ids]
    fail(session, alone[0], REFUSED, FIRST)
    assert state_of(session, ids[0]) is DeliveryState.DEAD


@pytest.mark.parametrize("is_tried", [False, True])
def test_ends_go_to_a_deleted_channel_and_beginnings_do_not_though_they_went_together(
    session: Session,
    monitor: Monitor,
    is_tried: bool,  # noqa: FBT001 - a table
) -> None:
    known, *others = outages(session, monitor, 4)
    send(session, known)
    over = recover(session, known, 1)
    if is_tried:
        take(session, others[0], by=NONE_ALONE)
        fail(session, taken(session, others[0], FIRST, by=NONE_ALONE), BUSY, FIRST)
    session.scalars(select(Channel)).one().deleted_at = seconds(MEANWHILE)
    # The one that leads is looked at first, then what it led.
    claimed = [take(session, each, LATER, by=NONE_ALONE) for each in (others[0], *others, over)]
    assert [(each.id, each.alert.event) for each in claimed if each is not None] == [
        (over, AlertEvent.UP)
    ]
    assert {state_of(session, each) for each in others} == {DeliveryState.CANCELLED}


def test_an_attempt_that_nobody_heard_of_is_shown_though_another_message_says_it_now(
    session: Session, monitor: Monitor
) -> None:
    (opening,) = outages(session, monitor, 1)
    taken(session, opening)
    over = recover(session, opening, MEANWHILE)
    assert taken(session, over, LATER).alert.event is AlertEvent.MISSED
    attempts = session.scalars(
        select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == opening)
    ).all()
    assert [(each.attempt, each.accepted) for each in attempts] == [(1, False)]
    assert row(session, opening).lease_until is None


def test_a_part_of_a_digest_that_was_given_up_can_be_sent_again_by_itself(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 3)
    refused_once(session, ids)
    last = FIRST + GIVE_UP_AFTER
    fail(session, taken(session, ids[0], last, by=NONE_ALONE), BUSY, last)
    assert {state_of(session, each) for each in ids} == {DeliveryState.DEAD}
    resend(session, ids[1], last)
    alert = send(session, ids[1], last, by=NONE_ALONE).alert
    assert alert.key == str(row(session, ids[1]).public_id)
