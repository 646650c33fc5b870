"""What runs out and was renewed while the message waited is told to nobody any more."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Contact, Monitor
from models.delivery import DeliveryState
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from services.outbox.recipients import Destination
from services.warnings import expiries, expiry_messages
from tests.services.outage import EMAIL, NOW, SMS, beside, broken
from tests.services.relaying import (
    BUSY,
    accept,
    fail,
    notify,
    of_event,
    relay_settings,
    row,
    seconds,
    send,
    state_of,
    take,
    taken,
)
from tests.services.running_out import after, see, shop
from tests.services.woken import woken_by

LATER = seconds(60)


@pytest.fixture
def monitor(session: Session) -> Monitor:
    return shop(session, EMAIL)


def notified(session: Session, monitor: Monitor) -> int:
    """Let a check see a certificate of two days; return the message about it."""
    see(session, monitor, 2)
    expiries.sweep(session, now=NOW)
    return of_event(session, AlertEvent.EXPIRY)[-1].id


def test_the_time_is_that_of_the_contact(session: Session, monitor: Monitor) -> None:
    session.scalars(select(Contact)).one().time_zone = "America/New_York"
    cause = taken(session, notified(session, monitor)).alert.cause
    assert cause == "The certificate expires on 2026-11-26 07:00 EST. Renew it before then."


def renew(session: Session, monitor: Monitor) -> None:
    see(session, monitor, 90, identity="c2", now=seconds(30))


def test_of_a_renewed_certificate_nothing_is_told_and_the_message_says_why(
    session: Session, monitor: Monitor
) -> None:
    delivery_id = notified(session, monitor)
    fail(session, taken(session, delivery_id), BUSY)
    renew(session, monitor)
    assert take(session, delivery_id, LATER) is None
    delivery = row(session, delivery_id)
    assert (delivery.state, delivery.last_error) == (
        DeliveryState.CANCELLED,
        expiry_messages.RENEWED,
    )


def test_of_one_that_is_still_there_the_message_goes_out_however_late(
    session: Session, monitor: Monitor
) -> None:
    delivery_id = notified(session, monitor)
    see(session, monitor, 2, now=after(0.5))
    assert send(session, delivery_id, after(0.6)).alert.event is AlertEvent.EXPIRY


def test_of_a_site_that_is_watched_no_more_nothing_is_told(
    session: Session, monitor: Monitor
) -> None:
    delivery_id = notified(session, monitor)
    elsewhere: MonitorChanges = {"url": "https://other.test/"}
    monitors.change(session, monitor.organization_id, monitor.public_id, elsewhere, now=NOW)
    assert take(session, delivery_id, LATER) is None
    assert state_of(session, delivery_id) is DeliveryState.CANCELLED


def test_another_one_beside_it_does_not_silence_it_for_good(
    session: Session, monitor: Monitor
) -> None:
    delivery_id = notified(session, monitor)
    renew(session, monitor)
    assert take(session, delivery_id, LATER) is None
    see(session, monitor, 2, now=after(0.1))
    assert send(session, delivery_id, after(0.1)).alert.event is AlertEvent.EXPIRY
    renew(session, monitor)
    see(session, monitor, 2, now=after(0.2))
    assert state_of(session, delivery_id) is DeliveryState.SENT
    assert len(of_event(session, AlertEvent.EXPIRY)) == 1


@pytest.mark.parametrize("leads", [False, True])
def test_a_digest_that_is_tried_again_still_says_it_though_it_was_renewed(
    session: Session,
    monitor: Monitor,
    leads: bool,  # noqa: FBT001 - a table
) -> None:
    by, now = relay_settings(burst=1), seconds(120)
    expiry = notified(session, monitor) if leads else 0
    openings = [
        each
        for _ in range(3)
        for each in notify(session, broken(session, beside(session, monitor)))
    ]
    expiry = expiry or notified(session, monitor)
    first = taken(session, expiry if leads else openings[0], now, by=by)
    assert AlertEvent.EXPIRY in {part.event for part in first.alert.parts}
    fail(session, first, BUSY, now)
    renew(session, monitor)
    again = taken(session, first.id, seconds(180), by=by)
    assert again.alert == first.alert
    accept(session, again, seconds(181), by=by)
    assert state_of(session, expiry) in {DeliveryState.SENT, DeliveryState.MERGED}


def test_what_was_renewed_before_a_digest_is_first_tried_is_no_part_of_it(
    session: Session, monitor: Monitor
) -> None:
    openings = [
        each
        for _ in range(3)
        for each in notify(session, broken(session, beside(session, monitor)))
    ]
    expiry = notified(session, monitor)
    renew(session, monitor)
    digest = taken(session, openings[0], seconds(120), by=relay_settings(burst=1))
    assert {part.event for part in digest.alert.parts} == {AlertEvent.DOWN}
    assert (state_of(session, expiry), row(session, expiry).last_error) == (
        DeliveryState.CANCELLED,
        expiry_messages.RENEWED,
    )


def test_a_check_that_sees_it_again_waits_for_no_relay_and_a_sweep_lets_it_go_soon(
    committed: Engine,
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        monitor = shop(session, EMAIL)
        delivery_id = notified(session, monitor)
        renew(session, monitor)
    with Session(committed) as relay, Session(committed) as check:
        assert take(relay, delivery_id, LATER) is None
        check.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        see(check, monitor, 2, now=LATER)
        check.commit()
        relay.commit()
    with Session(committed) as session:
        assert state_of(session, delivery_id) is DeliveryState.CANCELLED
        assert woken_by(session, expiries.sweep, now=LATER + timedelta(minutes=1)) == [delivery_id]
        assert state_of(session, delivery_id) is DeliveryState.PENDING


def test_what_a_relay_holds_is_let_go_by_nobody_else_and_keeps_none_waiting(
    committed: Engine,
) -> None:
    with Session(committed) as session, session.begin():
        monitor = shop(session, EMAIL)
        delivery_id = notified(session, monitor)
        owner, dedup_key = monitor.organization_id, row(session, delivery_id).dedup_key
    with Session(committed) as relay, Session(committed) as check:
        assert take(relay, delivery_id, LATER) is not None
        check.connection().exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        assert (
            woken_by(
                check, expiry_messages.revive, owner, dedup_key, [Destination(*EMAIL)], now=LATER
            )
            == []
        )


def test_one_that_waits_for_the_morning_is_not_asked_for_each_minute(
    session: Session, monitor: Monitor
) -> None:
    delivery_id = notified(session, monitor)
    row(session, delivery_id).next_attempt_at = NOW + timedelta(hours=8)
    renew(session, monitor)
    see(session, monitor, 2, now=LATER)
    [seen] = expiries.of(session, [monitor.id])[monitor.id]
    assert seen.notified_days == 3
    assert seen.next_at == after(1)


def test_it_comes_back_no_earlier_than_its_quiet_hours_end(
    session: Session, monitor: Monitor
) -> None:
    delivery_id = notified(session, monitor)
    renew(session, monitor)
    take(session, delivery_id, LATER)
    dedup_key, morning = row(session, delivery_id).dedup_key, NOW + timedelta(hours=8)
    asleep = Destination(*EMAIL, not_before=morning)
    owner = monitor.organization_id
    revived = woken_by(session, expiry_messages.revive, owner, dedup_key, [asleep], now=LATER)
    assert revived == [delivery_id]
    assert row(session, delivery_id).next_attempt_at == morning


def test_who_is_not_to_be_told_any_more_or_was_left_out_for_another_reason_stays_so(
    session: Session, monitor: Monitor
) -> None:
    delivery_id = notified(session, monitor)
    renew(session, monitor)
    take(session, delivery_id, LATER)
    delivery = row(session, delivery_id)
    owner, dedup_key = monitor.organization_id, delivery.dedup_key
    assert (
        woken_by(session, expiry_messages.revive, owner, dedup_key, [Destination(*SMS)], now=LATER)
        == []
    )
    delivery.last_error = "The channel was deleted."
    session.flush()
    assert (
        woken_by(
            session, expiry_messages.revive, owner, dedup_key, [Destination(*EMAIL)], now=LATER
        )
        == []
    )
