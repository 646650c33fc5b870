"""Beat sleeps until something is due instead of spinning."""

import sys
from datetime import UTC, datetime
from math import floor
from pathlib import Path

import pytest
from celery import Celery
from celery.schedules import schedule
from hypothesis import given
from hypothesis import strategies as st
from kombu import Producer
from structlog.testing import capture_logs

from tasks.app import import_tasks
from tasks.worker.scheduler import TickScheduler, wait_for_second


@given(
    now=st.floats(min_value=1_700_000_000, max_value=2_100_000_000),
    seconds=st.floats(min_value=0.001, max_value=10),
)
def test_it_wakes_a_little_after_the_second_in_which_an_entry_is_due(
    now: float, seconds: float
) -> None:
    wakes = now + wait_for_second(now, seconds, 0.05)
    assert wakes > now
    assert floor(now + seconds + 0.001) + 0.05 <= wakes + 0.001
    assert wakes <= now + seconds + 0.052


def test_a_second_after_a_wake_is_the_next_wake() -> None:
    assert wait_for_second(1000.05, 1.0, 0.05) == pytest.approx(1.0)
    assert wait_for_second(1000.05, 0.95, 0.05) == pytest.approx(1.0)
    assert wait_for_second(1000.7, 1.0, 0.05) == pytest.approx(0.35)


def test_what_is_due_already_waits_for_nothing(celery: Celery) -> None:
    assert TickScheduler(celery, lazy=True).adjust(0) == 0


def test_it_counts_a_run_from_the_beginning_of_its_second(celery: Celery) -> None:
    scheduler = TickScheduler(celery, lazy=True)
    began = datetime.now(UTC).replace(microsecond=0)
    ran = scheduler.reserve(
        scheduler.Entry("tick", "dispatch.tick", schedule=schedule(1.0), app=celery)
    )
    assert ran.last_run_at is not None
    assert ran.last_run_at >= began
    assert ran.last_run_at.microsecond == 0


def test_a_stopped_redis_is_told_once_and_no_entry_is_blamed(
    celery: Celery, tmp_path: Path
) -> None:
    scheduler = TickScheduler(celery, lazy=True)
    entry = scheduler.Entry(
        "tick", "dispatch.tick", schedule=schedule(1.0), args=([3],), app=celery
    )
    at_once = {"max_retries": 1, "interval_start": 0}
    nowhere = f"redis+socket://{tmp_path}/none?virtual_host=0"
    with (
        capture_logs() as logs,
        celery.connection_for_write(nowhere, transport_options=at_once) as connection,
    ):
        for _ in range(3):
            scheduler.apply_entry(entry, producer=connection.Producer())
    assert [each["event"] for each in logs] == ["server_stalled"]
    assert (logs[0]["server"], logs[0]["exc_info"]) == ("redis", None)


def test_an_entry_that_cannot_be_sent_is_told_with_its_reason(celery: Celery) -> None:
    scheduler = TickScheduler(celery, lazy=True)
    broken = scheduler.Entry(
        "tick", "dispatch.tick", schedule=schedule(1.0), args=(object(),), app=celery
    )
    with capture_logs() as logs:
        scheduler.apply_entry(broken)
    assert [(each["event"], each["entry"]) for each in logs] == [("message_not_sent", "tick")]


def test_a_signal_to_end_is_not_lost_when_it_strikes_while_something_is_sent(
    celery: Celery,
) -> None:
    class Struck(Producer):
        """Cleans up after the signal, and fails at that."""

        def publish(self, *_: object, **__: object) -> None:
            try:
                sys.exit()
            finally:
                raise ValueError("I/O operation on closed file")

    scheduler = TickScheduler(celery, lazy=True)
    entry = scheduler.Entry(
        "tick", "dispatch.tick", schedule=schedule(1.0), args=([3],), app=celery
    )
    with celery.connection_for_write() as connection, pytest.raises(SystemExit):
        scheduler.apply_entry(entry, producer=Struck(connection))


def test_every_entry_of_the_timetable_names_a_task(celery: Celery) -> None:
    import_tasks()
    assert {entry["task"] for entry in celery.conf.beat_schedule.values()} <= set(celery.tasks)


def test_each_shard_has_its_tick(celery: Celery) -> None:
    ticks = [e["args"] for e in celery.conf.beat_schedule.values() if e["task"] == "dispatch.tick"]
    assert sorted(shard for (shards,) in ticks for shard in shards) == list(range(16))
