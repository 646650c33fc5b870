"""Beat sleeps until something is due instead of spinning."""

from celery import Celery

from tasks.app import import_tasks
from tasks.scheduler import TickScheduler


def test_it_wakes_after_an_entry_is_due_and_never_before(celery: Celery) -> None:
    scheduler = TickScheduler(celery, lazy=True)
    assert scheduler.adjust(0.5) == 0.52
    assert scheduler.adjust(0) == 0


def test_every_entry_of_the_timetable_names_a_task(celery: Celery) -> None:
    import_tasks()
    assert {entry["task"] for entry in celery.conf.beat_schedule.values()} <= set(celery.tasks)


def test_each_shard_has_its_tick(celery: Celery) -> None:
    ticks = [e["args"] for e in celery.conf.beat_schedule.values() if e["task"] == "dispatch.tick"]
    assert sorted(shard for (shards,) in ticks for shard in shards) == list(range(16))
