"""Another certificate, monitor or audience than before: what was told already, and what is told anew."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Delivery, MonitorState
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from services.warnings import expiries
from tests.services.outage import EMAIL, NOW, SMS, notify
from tests.services.running_out import after, notified, see, shop, sweep_daily


def test_a_new_certificate_begins_from_the_beginning(session: Session) -> None:
    monitor = shop(session, EMAIL)
    see(session, monitor, 2)
    expiries.sweep(session, now=NOW)
    see(session, monitor, 92, identity="c2", now=after(0.5))
    expiries.sweep(session, now=after(1.5))
    expiries.sweep(session, now=after(62.5))
    assert notified(session) == [("3", 0), ("30", 62.5)]


def test_two_certificates_in_turn_are_told_once_each(session: Session) -> None:
    monitor = shop(session, EMAIL)
    for hour in range(6):
        now = NOW + timedelta(hours=hour)
        see(session, monitor, 10, identity=f"c{hour % 2}", now=now)
        expiries.sweep(session, now=now)
    assert [days for days, _ in notified(session)] == ["14", "14"]


def test_who_is_added_while_two_take_turns_is_not_told_what_others_were(session: Session) -> None:
    monitor = shop(session, EMAIL)
    for hour in range(6):
        now = NOW + timedelta(hours=hour)
        see(session, monitor, 10, identity=f"c{hour % 2}", now=now)
        expiries.sweep(session, now=now)
        if hour == 2:
            notify(session, monitor, SMS)
    assert set(session.scalars(select(Delivery.address))) == {EMAIL[1]}
    assert len(notified(session)) == 2


def test_seeing_the_same_one_again_changes_nothing_but_the_moment(session: Session) -> None:
    monitor = shop(session, EMAIL)
    see(session, monitor, 10)
    expiries.sweep(session, now=NOW)
    see(session, monitor, 10, now=after(0.1))
    [row] = expiries.of(session, [monitor.id])[monitor.id]
    assert (row.seen_at, row.notified_days, row.next_at) == (after(0.1), 14, after(3))


def test_what_an_older_version_of_the_monitor_saw_is_not_its(session: Session) -> None:
    monitor = shop(session, EMAIL)
    see(session, monitor, 2, version=0)
    assert expiries.of(session, [monitor.id]) == {}


def test_who_looks_at_another_site_forgets_the_old_certificate(session: Session) -> None:
    monitor = shop(session, EMAIL)
    see(session, monitor, 2)
    owner = monitor.organization_id
    monitors.change(session, owner, monitor.public_id, {"name": "Store"}, now=NOW)
    assert monitor.id in expiries.of(session, [monitor.id])
    elsewhere: MonitorChanges = {"url": "https://other.test/"}
    monitors.change(session, owner, monitor.public_id, elsewhere, now=NOW)
    assert expiries.of(session, [monitor.id]) == {}


def test_other_thresholds_count_from_the_next_sweep_on(session: Session) -> None:
    monitor = shop(session, EMAIL, expiry_days=[])
    see(session, monitor, 50)
    sweep_daily(session, 1)
    assert notified(session) == []
    changes: MonitorChanges = {"expiry_days": [60, 5, 60]}
    view = monitors.change(
        session, monitor.organization_id, monitor.public_id, changes, now=after(1)
    )
    assert view.monitor.expiry_days == [60, 5]
    expiries.sweep(session, now=after(1))
    assert notified(session) == [("60", 1)]


def test_people_who_are_added_hear_within_the_hour(session: Session) -> None:
    monitor = shop(session)
    see(session, monitor, 10)
    expiries.sweep(session, now=NOW)
    notify(session, monitor, EMAIL)
    expiries.sweep(session, now=NOW + timedelta(hours=1))
    assert [days for days, _ in notified(session)] == ["14"]


def test_nothing_is_told_of_a_paused_or_deleted_monitor(session: Session) -> None:
    paused, deleted = shop(session, EMAIL, paused=True), shop(session, EMAIL)
    for monitor in (paused, deleted):
        session.get_one(MonitorState, monitor.id).last_slot = 0
        see(session, monitor, 2)
    monitors.delete(session, deleted.organization_id, deleted.public_id, now=NOW)
    sweep_daily(session, 1)
    assert notified(session) == []
    monitors.change(session, paused.organization_id, paused.public_id, {"paused": False}, now=NOW)
    expiries.sweep(session, now=after(1))
    assert [days for days, _ in notified(session)] == ["1"]


def test_one_that_only_some_servers_have_is_told_though_another_is_seen_right_after_it(
    session: Session,
) -> None:
    monitor = shop(session, EMAIL)
    for hour in range(0, 24 * 5, 6):
        now = NOW + timedelta(hours=hour)
        see(session, monitor, 10, identity="old", now=now)
        see(session, monitor, 90, identity="new", now=now + timedelta(seconds=1))
        expiries.sweep(session, now=now + timedelta(seconds=60))
    assert notified(session) == [("14", 0.25), ("7", 3)]


def test_one_that_is_renewed_in_a_pause_is_not_told_before_the_next_look(session: Session) -> None:
    monitor = shop(session, EMAIL, interval_seconds=3600)
    owner = monitor.organization_id
    see(session, monitor, 20)
    expiries.sweep(session, now=NOW)
    monitors.change(session, owner, monitor.public_id, {"paused": True}, now=after(1))
    monitors.change(session, owner, monitor.public_id, {"paused": False}, now=after(8))
    for minutes in range(0, 115, 5):
        expiries.sweep(session, now=after(8) + timedelta(minutes=minutes))
    assert notified(session) == [("30", 0)]
    see(session, monitor, 98, identity="c2", now=after(8) + timedelta(minutes=115))
    expiries.sweep(session, now=after(9))
    assert notified(session) == [("30", 0)]


def test_one_that_nobody_sees_again_after_a_pause_is_told_all_the_same(session: Session) -> None:
    monitor = shop(session, EMAIL, interval_seconds=3600)
    owner = monitor.organization_id
    see(session, monitor, 20)
    expiries.sweep(session, now=NOW)
    monitors.change(session, owner, monitor.public_id, {"paused": True}, now=after(1))
    monitors.change(session, owner, monitor.public_id, {"paused": False}, now=after(8))
    for minutes in range(125):
        expiries.sweep(session, now=after(8) + timedelta(minutes=minutes))
    assert [days for days, _ in notified(session)] == ["30", "14"]
    assert notified(session)[1][1] == 8.08
