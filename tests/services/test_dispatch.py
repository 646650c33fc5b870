"""What one tick of a shard finds to do, on the database's clock."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from domain.outcome import Outcome
from domain.slots import next_slot, phase_of, shard_of
from models import DispatchShard, Monitor, Recheck, Schedule
from services import checks, dispatch
from tests.services.watched import UP, at, observe, rows_of, watch


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


def test_a_tick_publishes_the_slots_since_the_last_one(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    set_back(session, monitor, watermark=now - 11, verified=now, closed=now)
    found = claim(session, monitor)
    assert due_of(found, monitor) == slots_of(monitor, now - 11, found.now)
    assert {(due.region, due.version) for due in found.due} == {("default", 1)}


def test_a_second_tick_in_the_same_second_finds_nothing(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    set_back(session, monitor, watermark=now + 3600)
    assert dispatch.claim(session, shard_of(monitor.id)) is None


def test_invariant_9_a_stall_is_not_made_up_for_in_a_burst(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now - 5000, interval=5)
    set_back(session, monitor, watermark=now - 600, verified=now - 630, closed=now - 690)
    found = claim(session, monitor)
    slots = due_of(found, monitor)
    assert len(slots) <= 7
    assert slots[0] > now - 46


def test_a_slot_without_a_result_is_published_again_at_thirty_seconds(
    session: Session, now: int
) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    slots = slots_of(monitor, now - 40, now - 30)
    checks.record(session, [observe(monitor, slots[0], UP)], now=at(now))
    set_back(session, monitor, watermark=now, verified=now - 40, closed=now)
    session.execute(update(DispatchShard).values(watermark=DispatchShard.watermark - 1))
    found = claim(session, monitor)
    again = [slot for slot in due_of(found, monitor) if slot <= now - 29]
    assert again == [
        slot for slot in slots_of(monitor, now - 40, found.now - 30) if slot != slots[0]
    ]


def test_invariant_9_a_slot_without_a_result_is_unknown_at_ninety_seconds(
    session: Session, now: int
) -> None:
    monitor = watch(session, from_slot=now - 500, interval=5)
    checks.record(
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
    session.execute(update(Schedule).values(until_slot=now - 5))
    monitor.interval_seconds = 7
    session.add(
        Schedule(
            monitor_id=monitor.id,
            organization_id=monitor.organization_id,
            from_slot=now - 5,
            shard=shard_of(monitor.id),
            interval_seconds=7,
            phase=phase_of(monitor.id, 7),
            region_ids=[1],
        )
    )
    session.flush()
    set_back(session, monitor, watermark=now - 14, verified=now, closed=now)
    found = claim(session, monitor)
    minutely = phase_of(monitor.id, 60)
    old = [slot for slot in range(now - 13, now - 5) if slot % 60 == minutely]
    assert due_of(found, monitor) == old + slots_of(monitor, now - 6, found.now)


def test_a_recheck_is_published_when_due_and_again_if_nothing_comes(
    session: Session, now: int
) -> None:
    monitor = watch(session, from_slot=now + 1000)
    values = {"organization_id": monitor.organization_id, "shard": shard_of(monitor.id)}
    session.add(Recheck(monitor_id=monitor.id, region_id=1, slot=now - 20, **values))
    session.add(Recheck(monitor_id=monitor.id, region_id=1, slot=now + 500, **values))
    session.flush()
    set_back(session, monitor, watermark=now - 1, verified=now, closed=now)
    assert due_of(claim(session, monitor), monitor) == [now - 20]
    set_back(session, monitor, watermark=now - 1)
    assert due_of(claim(session, monitor), monitor) == []
    session.execute(
        update(Recheck).values(published_at=Recheck.published_at - text("interval '31 seconds'"))
    )
    set_back(session, monitor, watermark=now - 1)
    assert due_of(claim(session, monitor), monitor) == [now - 20]


def test_a_recheck_that_nobody_answered_ends_as_unknown(session: Session, now: int) -> None:
    monitor = watch(session, from_slot=now + 1000)
    session.add(
        Recheck(
            monitor_id=monitor.id,
            region_id=1,
            slot=now - 120,
            organization_id=monitor.organization_id,
            shard=shard_of(monitor.id),
        )
    )
    session.flush()
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
        set_all_back = text("UPDATE dispatch_shards SET watermark = watermark - 5")
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
