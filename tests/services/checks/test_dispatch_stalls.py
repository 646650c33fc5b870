"""What becomes of a time in which nothing was dispatched."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import shard_of
from models import BlindSpan, DispatchShard, DispatchStall, Monitor, Recheck, Region, Schedule
from services.analytics import uptime
from services.checks import dispatch, dispatch_stalls
from services.checks import record as check_record
from services.schedules import rechecks
from services.schedules.rechecks import Wanted
from services.time_range import Window
from tests.services.watched import UNKNOWN, UP, at, observe, rows_of, watch

HOUR = 3600


@pytest.fixture
def now(session: Session) -> int:
    return int(
        session.scalar(text("SELECT floor(extract(epoch FROM clock_timestamp()))::int")) or 0
    )


def watched(session: Session, *, now: int, interval: int, newest: int, **values: int) -> Monitor:
    """Watch a monitor for a day whose newest slot is so many seconds ago."""
    monitor = watch(session, from_slot=now - 24 * HOUR, interval=interval, **values)
    phase = {"phase": (now - newest) % interval}
    session.execute(update(Schedule).where(Schedule.monitor_id == monitor.id).values(**phase))
    return monitor


def tick(session: Session, monitor: Monitor, **marks: int) -> dispatch.Claim:
    """Work off the shard of the monitor as it would be at these marks; forget what else there is."""
    shard = DispatchShard.shard == shard_of(monitor.id)
    if marks:
        session.execute(update(DispatchShard).where(shard).values(**marks))
    found = dispatch.claim(session, shard_of(monitor.id))
    assert found is not None
    return found


def stood_still(session: Session, monitor: Monitor, *, now: int, seconds: int) -> dispatch.Claim:
    last = now - seconds
    return tick(session, monitor, watermark=last, verified=last, closed=last - 90)


def close_all(session: Session, monitor: Monitor) -> int:
    """Tick until all is closed that is old enough; return how often."""
    shard = DispatchShard.shard == shard_of(monitor.id)
    for ticks in range(1, 100):
        before = session.scalar(select(DispatchShard.closed).where(shard))
        session.execute(
            text("UPDATE dispatch_shards SET watermark = extract(epoch FROM clock_timestamp()) - 2")
        )
        tick(session, monitor)
        if session.scalar(select(DispatchShard.closed).where(shard)) == before:
            return ticks
    raise AssertionError("It never ends.")


def alive(session: Session) -> None:
    session.execute(update(Region).values(seen_at=func.clock_timestamp()))


def asked(session: Session) -> list[Recheck]:
    session.expire_all()
    return list(session.scalars(select(Recheck).order_by(Recheck.monitor_id)))


def test_invariant_9_a_stall_is_noted_with_what_it_missed(session: Session, now: int) -> None:
    monitor = watched(session, now=now, interval=10, newest=3)
    found = stood_still(session, monitor, now=now, seconds=100)
    [stall] = found.stalls
    # Of the slots at -93, -83 … -3 only the newest can still be checked in time.
    assert (stall.start, stall.end, stall.missed) == (now - 100, found.now, 9)
    [row] = session.scalars(select(DispatchStall))
    assert (row.from_slot, row.until_slot, row.missed) == (now - 100, found.now, 9)


@pytest.mark.parametrize("interval", [5, 7, 15, 60, 300])
@pytest.mark.parametrize("seconds", [17, 45, 1000])
def test_what_a_stall_missed_is_what_a_walk_over_the_seconds_finds(
    session: Session, now: int, interval: int, seconds: int
) -> None:
    monitor = watched(session, now=now, interval=interval, newest=3)
    session.execute(update(Schedule).values(from_slot=now - 700, until_slot=now - 20))
    found = stood_still(session, monitor, now=now, seconds=seconds)
    expected = [
        slot
        for slot in range(now - seconds + 1, found.now - min(interval, 15) + 1)
        if (slot - now + 3) % interval == 0 and now - 700 <= slot < now - 20
    ]
    assert sum(stall.missed for stall in found.stalls) == len(expected)


def test_a_short_wait_is_no_stall(session: Session, now: int) -> None:
    monitor = watched(session, now=now, interval=60, newest=8)
    assert stood_still(session, monitor, now=now, seconds=10).stalls == []
    assert session.scalars(select(DispatchStall)).all() == []


def test_with_nothing_to_do_nothing_stands_still(session: Session, now: int) -> None:
    monitor = watched(session, now=now, interval=60, newest=8)
    session.execute(update(Schedule).values(until_slot=now - 20 * HOUR))
    assert stood_still(session, monitor, now=now, seconds=1000).stalls == []


def was_up(session: Session, monitor: Monitor, start: int) -> None:
    before = [observe(monitor, start - 20 - 60 * number, UP) for number in (1, 0)]
    check_record.record(session, before, now=at(start))


def test_invariant_9_of_a_long_stall_the_first_hour_has_rows_and_all_of_it_is_blind(
    session: Session, now: int
) -> None:
    monitor = watched(session, now=now, interval=60, newest=20)
    start = now - 8 * HOUR
    was_up(session, monitor, start)
    stood_still(session, monitor, now=now, seconds=8 * HOUR)
    assert close_all(session, monitor) < 30
    rows = rows_of(session, monitor)
    slots = sorted(slot for slot, outcome in rows.items() if outcome is Outcome.UNKNOWN)
    assert slots[0] == start + 40
    assert [slot for slot in slots if slot <= start + HOUR] == list(
        range(start + 40, start + HOUR + 1, 60)
    )
    # Beyond that hour only what was due less than ninety seconds before the end has rows.
    assert all(slot > now - 100 for slot in slots if slot > start + HOUR)
    assert len(slots) < 64
    [span] = session.scalars(select(BlindSpan))
    assert span.from_slot == start + 40
    assert span.until_slot >= now - 100


def test_invariant_5_time_in_which_nothing_was_dispatched_is_unknown(
    session: Session, now: int
) -> None:
    monitor = watched(session, now=now, interval=60, newest=20)
    start = now - 8 * HOUR
    was_up(session, monitor, start)
    stood_still(session, monitor, now=now, seconds=8 * HOUR)
    close_all(session, monitor)
    # What will be closed later.
    closed = [observe(monitor, now - 20 - 60 * number, UNKNOWN) for number in (1, 0)]
    check_record.record(session, closed, now=at(now))
    measured = uptime.of_monitor(session, monitor, Window(at(start - 20), at(now)), now=at(now))
    assert (measured.down, measured.up) == (0, 60)
    assert measured.unknown == 8 * HOUR + 20 - 60


def test_invariant_5_while_the_dispatcher_stands_still_the_time_is_unknown_at_once(
    session: Session, now: int
) -> None:
    monitor = watched(session, now=now, interval=60, newest=0)
    last = now - 600
    session.execute(update(DispatchShard).values(watermark=last))
    measured = uptime.of_monitor(session, monitor, Window(at(last - 120), at(now)), now=at(now))
    assert (measured.up, measured.unknown) == (180, 540)


def test_invariant_9_after_a_missed_slot_a_monitor_is_checked_soon_if_its_next_is_far_away(
    session: Session, now: int
) -> None:
    alive(session)
    monitor = watched(session, now=now, interval=300, newest=100)
    found = stood_still(session, monitor, now=now, seconds=120)
    [extra] = asked(session)
    assert (extra.monitor_id, extra.due, extra.slot) == (monitor.id, found.now, None)
    assert extra.expires == found.now + 30
    again = tick(session, monitor, watermark=now - 1)
    assert [(due.monitor_id, due.slot) for due in again.due] == [(monitor.id, again.now)]


@pytest.mark.parametrize(("newest", "why"), [(10, "in time"), (275, "next is near")])
def test_no_extra_check_is_made_that_is_not_needed(
    session: Session, now: int, newest: int, why: str
) -> None:
    monitor = watched(session, now=now, interval=300, newest=newest)
    stood_still(session, monitor, now=now, seconds=290)
    assert asked(session) == [], why


def test_no_extra_check_is_made_where_the_slot_was_published(session: Session, now: int) -> None:
    monitor = watched(session, now=now, interval=300, newest=60)
    stood_still(session, monitor, now=now, seconds=50)
    assert asked(session) == []


def test_extra_checks_wait_for_a_worker_of_their_region_and_not_for_long(
    session: Session, now: int
) -> None:
    session.execute(update(Region).values(seen_at=at(now) - timedelta(minutes=2)))
    monitor = watched(session, now=now, interval=300, newest=100)
    stood_still(session, monitor, now=now, seconds=120)
    assert tick(session, monitor, watermark=now - 1).due == []
    session.execute(update(Recheck).values(expires=now))
    alive(session)
    assert tick(session, monitor, watermark=now - 1).due == []
    assert asked(session) == []


def test_invariant_9_extra_checks_are_no_more_than_the_regular_ones(
    session: Session, now: int
) -> None:
    alive(session)
    # 300 of them, every 300 s: one a second. All are of one shard.
    monitors = [
        watched(session, now=now, interval=300, newest=50 + number % 200) for number in range(60)
    ]
    session.execute(update(Schedule).values(shard=3))
    session.execute(update(DispatchShard).values(watermark=now - 290, verified=now, closed=now))
    dispatch.claim(session, 3)
    session.execute(update(Recheck).values(shard=3))
    waiting = len(asked(session))
    assert waiting == len(monitors)
    session.execute(update(DispatchShard).values(watermark=now - 1))
    found = dispatch.claim(session, 3)
    assert found is not None
    extra = [due for due in found.due if due.slot == found.now]
    # A fifth of a check a second is rounded up.
    assert len(extra) == 1
    # It goes to the one that would wait longest.
    longest = min(monitors, key=lambda each: phase_in(session, each, found.now))
    assert extra[0].monitor_id in {longest.id, longest.id + 1} or phase_in(
        session, session.get_one(Monitor, extra[0].monitor_id), found.now
    ) == phase_in(session, longest, found.now)


def phase_in(session: Session, monitor: Monitor, now: int) -> int:
    """Return how long ago the newest slot of a monitor is."""
    row = session.scalars(select(Schedule).where(Schedule.monitor_id == monitor.id)).one()
    return (now - row.phase) % row.interval_seconds


def test_a_monitor_whose_lost_check_is_closed_is_checked_soon(session: Session, now: int) -> None:
    monitor = watched(session, now=now, interval=600, newest=92)
    tick(session, monitor, watermark=now - 1, verified=now, closed=now - 100)
    assert rows_of(session, monitor) == {now - 92: Outcome.UNKNOWN}
    assert [(each.monitor_id, each.expires is not None) for each in asked(session)] == [
        (monitor.id, True)
    ]


def test_no_second_extra_check_is_made_when_the_slot_is_closed(session: Session, now: int) -> None:
    monitor = watched(session, now=now, interval=600, newest=92)
    check_record.record(session, [observe(monitor, now - 60, UP)], now=at(now))
    tick(session, monitor, watermark=now - 1, verified=now, closed=now - 100)
    assert rows_of(session, monitor)[now - 92] is Outcome.UNKNOWN
    assert asked(session) == []


def test_stalls_are_reported_once_all_shards_together(session: Session, now: int) -> None:
    monitor = watched(session, now=now, interval=10, newest=3)
    stood_still(session, monitor, now=now, seconds=100)
    other = DispatchStall(
        shard=20, from_slot=now - 99, until_slot=now + 1, rows_until=now - 90, missed=3
    )
    session.add(other)
    session.flush()
    assert dispatch_stalls.take_unreported(session, now=at(now)) is None
    stall = dispatch_stalls.take_unreported(session, now=at(now + 30))
    assert stall is not None
    assert (stall.start, stall.missed) == (now - 100, 12)
    assert dispatch_stalls.take_unreported(session, now=at(now + 31)) is None
    dispatch_stalls.give_back(session, taken_at=at(now + 30))
    assert dispatch_stalls.take_unreported(session, now=at(now + 32)) is not None


def test_a_recheck_that_is_asked_for_takes_the_place_of_an_extra_check(
    session: Session, now: int
) -> None:
    monitor = watched(session, now=now, interval=300, newest=100)
    stood_still(session, monitor, now=now, seconds=120)
    organization_id = monitor.organization_id
    wanted = Wanted(
        monitor_id=monitor.id, region_id=1, organization_id=organization_id, due=now + 6
    )
    rechecks.ask(session, [wanted])
    [row] = asked(session)
    assert row.expires is None
