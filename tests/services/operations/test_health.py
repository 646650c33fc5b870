"""The examination of the system, against a real database and a real Redis."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from queue import SimpleQueue
from unittest.mock import ANY

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from domain.evaluation.outcome import Cause, Outcome
from domain.evaluation.state import State
from models import Delivery, DispatchShard, Monitor, MonitorState, Region
from models.delivery import DeliveryState
from models.session import database_now
from services.operations import health
from services.operations.health import NO_DATABASE, NO_REDIS
from services.outbox import deliveries, rate_limits
from services.outbox import recipients as outbox_recipients
from services.schedules import regions
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import EMAIL, notify

CLOCK = 1_800_000_000.0


@pytest.fixture
def now(session: Session) -> datetime:
    """Give the time of the database, up to which all shards have published."""
    now = database_now(session)
    session.execute(update(DispatchShard).values(watermark=int(now.timestamp()) - 1))
    return now


def problems(session: Session, redis: Redis) -> dict[str, str]:
    @contextmanager
    def transaction() -> Iterator[Session]:
        yield session

    parts = health.examine(transaction, redis, wall_clock=CLOCK)
    return {part.name: part.problem for part in parts if part.problem}


def put(redis: Redis, queue: str, age: float) -> None:
    signature = f"1.k1.beat.{int((CLOCK - age) * 1000)}.00"
    redis.lpush(queue, json.dumps({"headers": {"signature": signature}}))


def test_a_new_system_is_well(session: Session, redis: Redis, now: datetime) -> None:
    del now
    assert problems(session, redis) == {}


def test_beats_or_dispatchers_that_stand_still_are_noticed(
    session: Session, redis: Redis, now: datetime
) -> None:
    late = int(now.timestamp()) - 40
    session.execute(update(DispatchShard).where(DispatchShard.shard == 3).values(watermark=late))
    assert list(problems(session, redis)) == ["beat"]


def test_a_message_that_nobody_sends_is_noticed(
    session: Session, redis: Redis, now: datetime
) -> None:
    monitor = make.monitor(session, organization(session).id, now=now)
    notify(session, monitor, EMAIL)
    written = deliveries.record(
        session,
        organization_id=monitor.organization_id,
        dedup_key="test/1",
        event=AlertEvent.TEST,
        channels=[outbox_recipients.Destination(*EMAIL)],
        now=now - timedelta(seconds=200),
    )
    assert "due for 20" in problems(session, redis)["deliveries"]
    row = session.get_one(Delivery, written[0])
    row.state, row.lease_until = DeliveryState.SENDING, now + timedelta(seconds=30)
    session.flush()
    assert problems(session, redis) == {}


def test_a_partition_that_was_not_made_is_noticed(
    session: Session, redis: Redis, now: datetime
) -> None:
    tomorrow = f"check_results_p{now + timedelta(days=1):%Y%m%d}"
    session.execute(text(f"DROP TABLE {tomorrow}"))
    assert problems(session, redis) == {"partitions": ANY}
    assert tomorrow in problems(session, redis)["partitions"]


def test_monitors_of_which_nothing_is_known_are_noticed(
    session: Session, redis: Redis, now: datetime
) -> None:
    owner = organization(session).id
    for _ in range(5):
        make.monitor(session, owner, now=now)
    make.monitor(session, owner, now=now, paused=True)
    session.execute(
        update(MonitorState).where(MonitorState.state == State.PENDING).values(state=State.UNKNOWN)
    )
    assert " 5 of 5 monitors" in problems(session, redis)["checks"]
    assert set(problems(session, redis)) == {"checks"}


def unknown_monitors(
    session: Session, owner: int, *, cause: Cause, now: datetime, count: int = 5
) -> None:
    """Make monitors whose last check was unknown for this reason."""
    slot = int(now.timestamp())
    for _ in range(count):
        monitor = make.monitor(session, owner, now=now)
        make.check(session, monitor, slot, Outcome.UNKNOWN, cause=cause)
        state = session.get_one(MonitorState, monitor.id)
        state.state, state.last_slot = State.UNKNOWN, slot
    session.flush()


@pytest.mark.abuse(92)
def test_monitors_that_the_egress_guard_refuses_do_not_make_the_system_unhealthy(
    session: Session, redis: Redis, now: datetime
) -> None:
    owner = organization(session).id
    unknown_monitors(session, owner, cause=Cause.BLOCKED, now=now)
    assert problems(session, redis) == {}
    unknown_monitors(session, owner, cause=Cause.NO_RESULT, now=now, count=4)
    assert " 4 of 4 monitors" in problems(session, redis)["checks"]
    assert set(problems(session, redis)) == {"checks"}


@pytest.mark.abuse(92)
@pytest.mark.parametrize("cause", [Cause.INTERNAL, Cause.NO_RESULT])
def test_no_organization_makes_the_system_unhealthy_by_itself(
    session: Session, redis: Redis, now: datetime, cause: Cause
) -> None:
    unknown_monitors(session, organization(session).id, cause=cause, now=now)
    other = make.monitor(session, organization(session).id, now=now)
    state = session.get_one(MonitorState, other.id)
    state.state = State.UP
    session.flush()
    assert problems(session, redis) == {}
    state.state = State.UNKNOWN
    session.flush()
    assert " 6 of 6 monitors" in problems(session, redis)["checks"]
    assert set(problems(session, redis)) == {"checks"}


@pytest.mark.abuse(92)
def test_deleted_monitors_do_not_make_the_system_unhealthy(
    session: Session, redis: Redis, now: datetime
) -> None:
    unknown_monitors(session, organization(session).id, cause=Cause.NO_RESULT, now=now)
    session.execute(update(Monitor).values(deleted_at=now))
    assert problems(session, redis) == {}


def test_a_region_whose_workers_are_silent_is_noticed_if_it_has_something_to_check(
    session: Session, redis: Redis, now: datetime
) -> None:
    earlier = now - timedelta(minutes=10)
    regions.register(session, "default", now=earlier)
    assert problems(session, redis) == {}
    make.monitor(session, organization(session).id, now=earlier)
    assert set(problems(session, redis)) == {"regions"}
    assert "default" in problems(session, redis)["regions"]
    regions.register(session, "default", now=now)
    assert problems(session, redis) == {}


def test_the_first_monitor_of_a_region_gives_its_workers_time_to_say_something(
    session: Session, redis: Redis, now: datetime
) -> None:
    session.execute(update(Region).values(seen_at=None))
    make.monitor(session, organization(session).id, now=now)
    assert problems(session, redis) == {}


def test_a_queue_that_nobody_reads_is_noticed(
    session: Session, redis: Redis, now: datetime
) -> None:
    del now
    put(redis, "q.notifications", 500)
    put(redis, "q.notifications", 1)
    put(redis, "q.checks.default", 10)
    redis.lpush("q.housekeeping", "no message of ours", json.dumps({"headers": [1]}))
    assert set(problems(session, redis)) == {"queues"}
    told = problems(session, redis)["queues"]
    assert "q.notifications" in told
    assert "500 s" in told


def test_without_a_database_the_rest_is_still_examined(redis: Redis) -> None:
    def gone() -> AbstractContextManager[Session]:
        raise OperationalError("", {}, Exception())

    put(redis, "q.dispatch", 90)
    parts = {each.name: each.problem for each in health.examine(gone, redis, wall_clock=CLOCK)}
    assert parts["database"] == NO_DATABASE
    assert NO_DATABASE in (parts["beat"] or "")
    assert "q.dispatch" in (parts["queues"] or "")


def test_without_redis_the_rest_is_still_examined(session: Session, now: datetime) -> None:
    del now
    with Redis(port=1, retry=Retry(NoBackoff(), 0)) as gone:
        assert problems(session, gone) == {"redis": NO_REDIS}


def test_a_database_that_hangs_costs_no_more_than_the_patience_and_one_thread(
    session: Session, committed: Engine, redis: Redis, now: datetime
) -> None:
    del now
    hanging: SimpleQueue[int] = SimpleQueue()

    @contextmanager
    def hangs() -> Iterator[Session]:
        with Session(committed) as stuck:
            stuck.execute(text("SET LOCAL statement_timeout = 0"))
            hanging.put(stuck.execute(text("SELECT pg_backend_pid()")).scalar_one())
            stuck.execute(text("SELECT pg_sleep(60)"))
            yield stuck

    @contextmanager
    def answers() -> Iterator[Session]:
        yield session

    def database(transaction: health.Transactions, patience: float) -> str | None:
        parts = health.examine(transaction, redis, wall_clock=CLOCK, patience=patience)
        return {part.name: part.problem for part in parts}["database"]

    for transaction in (hangs, answers):
        assert database(transaction, 0.2) == NO_DATABASE
    session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": hanging.get(timeout=10)})
    assert database(answers, 30) is None


def test_what_waits_for_the_pace_of_its_channel_waits_for_nobody_here(
    session: Session, redis: Redis, now: datetime
) -> None:
    """However much piled up for one address, and though the sweep looks only every ten seconds."""
    deliveries.record(
        session,
        organization_id=organization(session).id,
        dedup_key="test/1",
        event=AlertEvent.TEST,
        channels=[outbox_recipients.Destination(*EMAIL)],
        now=now - timedelta(seconds=900),
    )
    row = session.scalars(select(Delivery)).one()
    rate_limit = rate_limits.lock(session, row.organization_id, row.kind, row.address)
    rate_limit.next_at = now - timedelta(seconds=7)
    session.flush()
    assert problems(session, redis) == {}
    rate_limit.next_at = now - timedelta(seconds=121)
    session.flush()
    assert list(problems(session, redis)) == ["deliveries"]
