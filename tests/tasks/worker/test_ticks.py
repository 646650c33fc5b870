"""A tick takes its shards in one transaction, and what is wrong with one of them does not stop the rest."""

from time import time

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from domain.evaluation.slots import SHARDS, shard_of
from models import DispatchShard, Monitor, Schedule
from services.schedules import regions
from tests.services.watched import at, watch

QUEUE, BROKEN = "q.checks.default", "q.checks.north"


@pytest.fixture
def now(committed: Engine) -> int:
    """Set all shards a little behind, and nothing but their slots to do."""
    seconds = int(time())
    marks = {"watermark": seconds - 3, "verified": seconds + 60, "closed": seconds + 60}
    with Session(committed) as session, session.begin():
        session.execute(update(DispatchShard).values(**marks))
    return seconds


def watched(engine: Engine, now: int, *, region: str = "default", apart_from: int = -1) -> int:
    """Make a monitor that is due each second; return its shard, which is none of another's."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        region_id = regions.register(session, region, now=at(now))
        while True:
            monitor: Monitor = watch(session, from_slot=now - 600)
            if shard_of(monitor.id) != apart_from:
                break
        session.execute(
            update(Schedule)
            .where(Schedule.monitor_id == monitor.id)
            .values(interval_seconds=1, phase=0, region_ids=[region_id])
        )
    return shard_of(monitor.id)


def tick(*shards: int) -> None:
    from tasks.dispatch import _last_tick, tick  # noqa: PLC0415 - the settings exist only now

    _last_tick.clear()
    tick(shards)


def is_done(engine: Engine, shard: int, now: int) -> bool:
    with Session(engine) as session:
        return session.get_one(DispatchShard, shard).watermark >= now


@pytest.mark.usefixtures("celery")
def test_one_tick_publishes_what_is_due_in_all_its_shards(
    committed: Engine, redis: Redis, now: int
) -> None:
    shard = watched(committed, now)
    watched(committed, now, apart_from=shard)
    tick(*range(SHARDS))
    assert redis.llen(QUEUE) == 2
    assert all(is_done(committed, each, now) for each in range(SHARDS))


def test_a_shard_that_cannot_be_published_does_not_hold_up_another(
    celery: Celery, committed: Engine, redis: Redis, now: int
) -> None:
    del celery
    good = watched(committed, now)
    bad = watched(committed, now, region="north", apart_from=good)
    redis.set(BROKEN, "no list")
    with capture_logs() as logs:
        tick(good, bad)
    assert [each["shards"] for each in logs if each["event"] == "tick_failed"] == [
        [good, bad],
        [bad],
    ]
    assert is_done(committed, good, now)
    assert not is_done(committed, bad, now)
    # Once more where the first try had left it.
    assert redis.llen(QUEUE) in {1, 2}


@pytest.mark.usefixtures("celery")
def test_the_log_says_since_when_nothing_was_dispatched_and_what_was_missed(
    committed: Engine, redis: Redis, now: int
) -> None:
    del redis
    shard = watched(committed, now)
    with Session(committed) as session, session.begin():
        session.execute(update(DispatchShard).values(watermark=now - 100))
    with capture_logs() as logs:
        tick(shard)
        tick(shard)
    [stall] = [each for each in logs if each["event"] == "dispatch_stalled"]
    assert stall["since"] == at(now - 100).isoformat()
    assert stall["seconds"] >= 100
    assert stall["missed"] >= 98
