"""Bursts: the first go one by one, the rest of the minute is one message, told under one key."""

from datetime import timedelta

from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Channel, Monitor
from models.delivery import DeliveryState
from services.outbox import deliveries
from services.outbox.recipients import Destination
from services.relay.claims import LEASE, Claimed, due
from tests.services.outage import EMAIL, NOW, SMS, beside, broken
from tests.services.relaying import (
    BUSY,
    GONE,
    accept,
    fail,
    recover,
    relay_settings,
    row,
    seconds,
    send,
    state_of,
    take,
    taken,
)

THREE = relay_settings(burst=3)
NEXT_MINUTE = seconds(60)


def outages(
    session: Session, monitor: Monitor, count: int, *, at: float = 0, to: tuple[str, str] = EMAIL
) -> list[int]:
    """Write that so many monitors of the organization went down; return the messages to `to`."""
    return [
        deliveries.record_opening(
            session, broken(session, beside(session, monitor)), [Destination(*to)], now=seconds(at)
        )[0]
        for _ in range(count)
    ]


def test_the_first_of_a_burst_go_one_by_one_and_the_rest_as_one_when_the_minute_is_over(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 8)
    for each in ids[:3]:
        assert send(session, each, by=THREE).alert.event is AlertEvent.DOWN
    assert [take(session, each, seconds(1), by=THREE) for each in ids[3:]] == [None] * 5
    assert due(session, now=seconds(59), limit=99) == []
    digest = send(session, due(session, now=NEXT_MINUTE, limit=99)[0], NEXT_MINUTE, by=THREE)
    assert (digest.id, digest.alert.event) == (ids[3], AlertEvent.DIGEST)
    assert digest.alert.key == str(row(session, ids[3]).public_id)
    assert [part.key for part in digest.alert.parts] == [
        str(row(session, each).public_id) for each in ids[3:]
    ]
    assert {part.event for part in digest.alert.parts} == {AlertEvent.DOWN}
    assert digest.alert.sent_before == 3
    assert row(session, ids[3]).is_digest
    assert state_of(session, ids[3]) is DeliveryState.SENT
    for each in ids[4:]:
        member = row(session, each)
        assert (member.state, member.digest_id) == (DeliveryState.MERGED, ids[3])
        assert member.sent_at == NEXT_MINUTE
    assert due(session, now=seconds(10**6), limit=99) == []


def test_a_burst_to_one_channel_does_not_hold_up_another(
    session: Session, monitor: Monitor
) -> None:
    outages(session, monitor, 8)
    (text,) = outages(session, monitor, 1, to=SMS)
    assert taken(session, text, by=THREE).alert.event is AlertEvent.DOWN


def test_what_comes_alone_after_a_burst_goes_alone(session: Session, monitor: Monitor) -> None:
    outages(session, monitor, 8)
    (later,) = outages(session, monitor, 1, at=60)
    assert taken(session, later, NEXT_MINUTE, by=THREE).alert.event is AlertEvent.DOWN


def test_a_burst_of_one_more_than_go_alone_is_told_as_what_it_is(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 4)
    for each in ids[:3]:
        send(session, each, by=THREE)
    assert take(session, ids[3], by=THREE) is None
    assert send(session, ids[3], NEXT_MINUTE, by=THREE).alert.event is AlertEvent.DOWN


def test_what_piled_up_while_nothing_was_sent_goes_as_one(
    session: Session, monitor: Monitor
) -> None:
    ids = [outages(session, monitor, 1, at=60 * minute)[0] for minute in range(6)]
    digest = send(session, ids[2], seconds(3600), by=THREE)
    assert len(digest.alert.parts) == 6
    assert digest.alert.late_by == timedelta(seconds=3480)
    assert due(session, now=seconds(3600), limit=99) == []


def test_an_outage_that_ends_within_its_burst_is_one_part_and_its_end_is_owed_no_more(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 6)
    for each in ids[:3]:
        send(session, each, by=THREE)
    up_alone, up_within = (recover(session, each, 30) for each in (ids[0], ids[4]))
    assert [take(session, each, seconds(31), by=THREE) for each in (up_alone, up_within)] == [
        None,
        None,
    ]
    digest = send(session, ids[3], NEXT_MINUTE, by=THREE)
    notified = {part.key: part.event for part in digest.alert.parts}
    assert notified == {
        str(row(session, ids[3]).public_id): AlertEvent.DOWN,
        str(row(session, ids[5]).public_id): AlertEvent.DOWN,
        str(row(session, up_alone).public_id): AlertEvent.UP,
        str(row(session, up_within).public_id): AlertEvent.MISSED,
    }
    assert due(session, now=seconds(10**6), limit=99) == []


def test_invariant_3_who_was_told_by_a_digest_is_owed_the_recovery(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 5)
    for each in ids[:3]:
        send(session, each, by=THREE)
    take(session, ids[3], by=THREE)
    digest = taken(session, ids[3], NEXT_MINUTE, by=THREE)
    recovery = recover(session, ids[4], 61)
    assert take(session, recovery, seconds(61), by=THREE) is None
    assert accept(session, digest, seconds(62), by=THREE) == [recovery]
    alert = send(session, recovery, seconds(62), by=THREE).alert
    assert (alert.event, alert.outage_key) == (AlertEvent.UP, str(row(session, ids[4]).public_id))


def _digest_in_hand(session: Session, monitor: Monitor) -> tuple[list[int], Claimed]:
    ids = outages(session, monitor, 6)
    for each in ids[:3]:
        send(session, each, by=THREE)
    take(session, ids[3], by=THREE)
    return ids, taken(session, ids[3], NEXT_MINUTE, by=THREE)


def test_invariant_10_a_digest_whose_relay_is_killed_is_the_same_again_under_the_same_key(
    session: Session, monitor: Monitor
) -> None:
    ids, first = _digest_in_hand(session, monitor)
    assert [take(session, each, seconds(61), by=THREE) for each in ids[4:]] == [None, None]
    outages(session, monitor, 2, at=61)
    again = taken(session, ids[3], NEXT_MINUTE + LEASE, by=THREE)
    assert again.alert == first.alert
    accept(session, again, seconds(121), by=THREE)
    assert {state_of(session, each) for each in ids[4:]} == {DeliveryState.MERGED}


def test_a_digest_that_fails_is_tried_again_as_it_is(session: Session, monitor: Monitor) -> None:
    ids, first = _digest_in_hand(session, monitor)
    fail(session, first, BUSY, seconds(61))
    assert due(session, now=seconds(70), limit=99) == [ids[3]]
    assert len(taken(session, ids[3], seconds(70), by=THREE).alert.parts) == 3


def test_a_digest_to_a_channel_that_is_gone_leaves_only_dead_letters(
    session: Session, monitor: Monitor
) -> None:
    session.add(Channel(organization_id=monitor.organization_id, kind=EMAIL[0], address=EMAIL[1]))
    ids, first = _digest_in_hand(session, monitor)
    fail(session, first, GONE, seconds(61))
    assert {state_of(session, each) for each in ids[3:]} == {DeliveryState.DEAD}


def test_a_message_that_was_tried_before_is_told_under_no_other_key(
    session: Session, monitor: Monitor
) -> None:
    ids = outages(session, monitor, 6)
    for each in ids[:3]:
        send(session, each, by=THREE)
    fail(session, taken(session, ids[3], by=relay_settings(burst=100)), BUSY)
    take(session, ids[4], by=THREE)
    digest = send(session, ids[4], NEXT_MINUTE, by=THREE)
    assert len(digest.alert.parts) == 2
    assert send(session, ids[3], NEXT_MINUTE, by=THREE).alert.event is AlertEvent.DOWN


def test_what_asks_for_confirmation_or_tests_a_channel_waits_for_no_burst(
    session: Session, monitor: Monitor
) -> None:
    outages(session, monitor, 8)
    (test,) = deliveries.record(
        session,
        organization_id=monitor.organization_id,
        dedup_key="channel/1/test/1",
        event=AlertEvent.TEST,
        channels=[Destination(*EMAIL)],
        now=NOW,
    )
    assert taken(session, test, by=THREE).alert.event is AlertEvent.TEST


def test_a_digest_has_no_more_parts_than_its_kind_can_take(
    session: Session, monitor: Monitor
) -> None:
    service = ("pagerduty", "service (1f2e3d4c)")
    ids = outages(session, monitor, 60, to=service)
    sizes = []
    while coming := due(session, now=seconds(3600), limit=1):
        sizes.append(len(send(session, coming[0], seconds(3600), by=THREE).alert.parts))
    assert sizes == [50, 10]
    assert {state_of(session, each) for each in ids} == {DeliveryState.SENT, DeliveryState.MERGED}
