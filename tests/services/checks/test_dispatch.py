"""What one tick of a shard finds to do, on the database's clock."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from domain.evaluation.slots import next_slot, phase_of, shard_of
from models import DispatchShard, Monitor, Recheck, Schedule
from probes.base import ProbeResult
from services.checks import dispatch
from services.checks import record as check_record
from tests.services.watched import DOWN, UNKNOWN, UP, at, observe, rows_of, watch


@pytest.fixture
def now(session: Session) -> int:
    return int(
        session.scalar(text("SELECT floor(extract(epoch FROM clock_timestamp()))::int")) or 0
    )


def set_back(session: Session, monitor: Monitor, **marks: int) -> None:
    session.execute(
        update(DispatchShard).where(DispatchShard.shard == shard_of(monitor.id)).values(**marks)
    )


def slots_of(monitor: Monitor, low: int, high: int) -> list[int]:
    """List the slots in (low, high], one by one."""
    phase = phase_of(monitor.id, monitor.interval_seconds)
    return [s for s in range(low + 1, high + 1) if s % monitor.interval_seconds == phase]


def claim(session: Session, monitor: Monitor) -> dispatch.Claim:
    found = dispatch.claim(session, shard_of(monitor.id))
    assert found is not None
    return found


def due_of(found: dispatch.Claim, monitor: Monitor) -> list[int]:
    return sorted(due.slot for due in found.due if due.monitor_id == monitor.id)


@pytest.mark.parametrize(("interval", "tolerance"), [(5, 5), (13, 13), (60, 15), (3600, 15)])
def test_invariant_9_a_tick_publishes_the_newest_slot_if_its_check_can_begin_in_time(
    session: Session, now: int, interval: int, tolerance: int
) -> None:
    monitor = watch(session, from_slot=now - 9000, interval=interval)
    set_back(session, monitor, watermark=now - 8000, verified=now, closed=now)
    found = claim(session, monitor)
    assert due_of(found, monitor) == slots_of(monitor, found.now - tolerance, found.now)
    assert len(due_of(found, monitor)) <= 1
    assert {(due.region, due.version) for due in found.due} <= {("default", 1)}


def test_a_tick_publishes_no_slot_again(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    set_back(session, monitor, watermark=now - 1, verified=now + 3600, closed=now)
    found = claim(session, monitor)
    assert due_of(found, monitor) == slots_of(monitor, now - 1, found.now)


def test_a_second_tick_in_the_same_second_finds_nothing(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    set_back(session, monitor, watermark=now + 3600)
    assert dispatch.claim(session, shard_of(monitor.id)) is None


def hole_at(session: Session, now: int, age: int, **values: int) -> Monitor:
    """Watch a monitor that has a slot of just this age and no other near it."""
    monitor = watch(session, from_slot=now - 9000, interval=3600)
    for column, value in values.items():
        setattr(monitor, column, value)
    session.execute(
        update(Schedule).where(Schedule.monitor_id == monitor.id).values(phase=(now - age) % 3600)
    )
    # The tick may come in the next second.
    set_back(session, monitor, watermark=now - 1, verified=now - 2, closed=now)
    return monitor


@pytest.mark.parametrize(("age", "again"), [(8, 0), (9, 0), (12, 1), (13, 1), (15, 0), (40, 0)])
def test_invariant_9_a_hole_is_published_again_while_it_can_be_answered_in_time(
    session: Session, now: int, age: int, again: int
) -> None:
    monitor = hole_at(session, now, age)
    found = claim(session, monitor)
    if found.now == now:
        assert due_of(found, monitor) == [now - age] * again


def test_each_hole_is_published_again_once(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 500, interval=20)
    published: list[int] = []
    for second in range(now - 30, now + 1):
        # As a tick of that second would have left it.
        set_back(session, monitor, watermark=second, verified=second, closed=now)
    set_back(session, monitor, watermark=now - 1, verified=now - 3, closed=now)
    published += due_of(claim(session, monitor), monitor)
    set_back(session, monitor, watermark=now - 1)
    published += due_of(claim(session, monitor), monitor)
    assert len(published) == len(set(published)) or published.count(now) == 2


@pytest.mark.parametrize(("timeout", "again"), [(10, 1), (11, 0), (30, 0)])
def test_a_check_that_may_still_run_is_not_made_twice(
    session: Session, now: int, timeout: int, again: int
) -> None:
    monitor = hole_at(session, now, 12, timeout_seconds=timeout)
    found = claim(session, monitor)
    if found.now == now:
        assert due_of(found, monitor) == [now - 12] * again


@pytest.mark.parametrize(("result", "again"), [(UP, 0), (DOWN, 0), (UNKNOWN, 1)])
def test_a_slot_with_a_result_is_no_hole_unless_the_trouble_was_ours(
    session: Session, now: int, result: ProbeResult, again: int
) -> None:
    monitor = hole_at(session, now, 12)
    check_record.record(session, [observe(monitor, now - 12, result)], now=at(now))
    found = claim(session, monitor)
    if found.now == now:
        assert due_of(found, monitor) == [now - 12] * again


def test_invariant_9_a_slot_without_a_result_is_unknown_at_ninety_seconds(
    session: Session, now: int
) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    check_record.record(
        session,
        [observe(monitor, s, UP) for s in slots_of(monitor, now - 100, now - 95)],
        now=at(now),
    )
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now - 100)
    found = claim(session, monitor)
    rows = rows_of(session, monitor)
    assert sorted(rows) == slots_of(monitor, now - 100, found.now - 90)
    assert rows[slots_of(monitor, now - 100, now - 95)[0]] is Outcome.UP
    assert rows[max(rows)] is Outcome.UNKNOWN


def test_a_long_stall_is_written_up_in_steps(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 5000, interval=60)
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now - 1000)
    claim(session, monitor)
    assert sorted(rows_of(session, monitor)) == slots_of(monitor, now - 1000, now - 700)


def test_a_stretch_that_ended_keeps_its_slots_and_gets_no_more(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    session.execute(update(Schedule).values(until_slot=now - 95))
    set_back(session, monitor, watermark=now - 10, verified=now, closed=now - 110)
    found = claim(session, monitor)
    assert due_of(found, monitor) == []
    assert sorted(rows_of(session, monitor)) == slots_of(monitor, now - 110, now - 96)


def test_a_changed_interval_is_two_stretches(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 500, interval=60)
    session.execute(update(Schedule).values(until_slot=now - 200))
    monitor.interval_seconds = 7
    session.add(
        Schedule(
            monitor_id=monitor.id,
            organization_id=monitor.organization_id,
            from_slot=now - 200,
            shard=shard_of(monitor.id),
            interval_seconds=7,
            phase=phase_of(monitor.id, 7),
            region_ids=[1],
        )
    )
    session.flush()
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now - 300)
    found = claim(session, monitor)
    minutely = phase_of(monitor.id, 60)
    old = [slot for slot in range(now - 299, now - 200) if slot % 60 == minutely]
    new = slots_of(monitor, now - 201, found.now - 90)
    assert sorted(rows_of(session, monitor)) == old + new


def ask(session: Session, monitor: Monitor, **values: int) -> None:
    session.add(
        Recheck(
            monitor_id=monitor.id,
            region_id=1,
            organization_id=monitor.organization_id,
            shard=shard_of(monitor.id),
            **values,
        )
    )
    session.flush()


def test_a_recheck_has_the_second_of_its_publication_for_a_slot(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now + 1000)
    ask(session, monitor, due=now - 20)
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now)
    found = claim(session, monitor)
    assert due_of(found, monitor) == [found.now]
    [recheck] = session.scalars(select(Recheck))
    assert (recheck.due, recheck.slot) == (None, found.now)
    set_back(session, monitor, watermark=now - 1)
    assert due_of(claim(session, monitor), monitor) == []


def test_a_recheck_that_is_not_due_yet_waits(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now + 1000)
    ask(session, monitor, due=now + 500)
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now)
    assert due_of(claim(session, monitor), monitor) == []


@pytest.mark.parametrize(("age", "again"), [(8, 0), (12, 1), (15, 0)])
def test_invariant_9_a_recheck_that_was_lost_is_published_again_while_it_can_be_answered(
    session: Session, now: int, age: int, again: int
) -> None:
    monitor = watch(session, from_slot=now + 1000)
    ask(session, monitor, slot=now - age)
    set_back(session, monitor, watermark=now - 1, verified=now - 2, closed=now)
    found = claim(session, monitor)
    if found.now == now:
        assert due_of(found, monitor) == [now - age] * again


def test_invariant_9_a_recheck_that_is_wanted_once_more_waits_for_the_result_of_the_last(
    session: Session, now: int
) -> None:
    monitor = watch(session, from_slot=now + 1000)
    ask(session, monitor, due=now - 1, slot=now - 5)
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now)
    assert due_of(claim(session, monitor), monitor) == []
    check_record.record(session, [observe(monitor, now - 5, UP)], now=at(now))
    set_back(session, monitor, watermark=now - 1)
    found = claim(session, monitor)
    assert due_of(found, monitor) == [found.now]


def test_a_regular_check_takes_the_place_of_a_recheck_of_the_same_second(
    session: Session, now: int
) -> None:
    monitor = watch(session, from_slot=now - 500)
    session.execute(update(Schedule).values(phase=0, interval_seconds=1))
    ask(session, monitor, due=now - 3)
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now)
    found = claim(session, monitor)
    assert due_of(found, monitor).count(found.now) == 1


def test_a_recheck_that_nobody_answered_ends_as_unknown(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now + 1000)
    ask(session, monitor, slot=now - 120)
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now - 100)
    claim(session, monitor)
    assert rows_of(session, monitor) == {now - 120: Outcome.UNKNOWN}
    assert session.scalars(select(Recheck)).all() == []


def test_a_deleted_monitor_is_left_alone(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    monitor.deleted_at = datetime.now(UTC)
    session.flush()
    set_back(session, monitor, watermark=now - 10, verified=now - 45, closed=now - 110)
    assert due_of(claim(session, monitor), monitor) == []
    assert rows_of(session, monitor) == {}


def test_a_shard_that_another_dispatcher_holds_is_passed_over(committed: Engine) -> None:
    with Session(committed) as holder, Session(committed) as other:
        set_all_back = text(
            "UPDATE dispatch_shards SET watermark = extract(epoch FROM clock_timestamp()) - 5"
        )
        holder.execute(set_all_back)
        holder.commit()
        assert dispatch.claim(holder, 3) is not None
        assert dispatch.claim(other, 3) is None
        assert dispatch.claim(other, 4) is not None


@pytest.mark.parametrize("interval", [5, 7, 60, 3600])
def test_slots_in_the_database_are_those_of_the_domain(
    session: Session, now: int, interval: int
) -> None:
    monitor = watch(session, from_slot=now - 10_000, interval=interval)
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now - 390)
    found = claim(session, monitor)
    expected: list[int] = []
    slot = now - 390
    while (slot := next_slot(phase_of(monitor.id, interval), interval, slot)) <= found.now - 90:
        expected.append(slot)
    assert sorted(rows_of(session, monitor)) == expected
