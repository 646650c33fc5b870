"""Whoever reaches Redis can put anything into a queue; a worker does only what was signed for it.

A real worker, with just the keys of its two parts, and messages forged in every way.
"""

import base64
import copy
import json
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import time
from typing import Any

import pytest
from celery import Celery
from redis import Redis
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from models import Monitor, Organization, RefreshToken, User
from security.messages.messages import HEADER
from tests.devstack.eventually import eventually
from tests.servers.daemon import free_port
from tests.servers.site import ScriptedSite
from tests.services.watched import rows_of, watch
from tests.tasks.forgeries import CANARY, FORGERIES, everyone
from tests.tasks.queue_worker import (
    Outbox,
    Raw,
    Worker,
    identities,
    keys_of,
    put,
    refused,
    worker,
)

pytestmark = pytest.mark.usefixtures("committed")

SECONDS = 60
CHECKS = "q.checks.default"


@pytest.fixture(scope="module")
def running(
    application: Celery, servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Worker]:
    del application
    # What an earlier test left in a queue would be read, and be counted after `redis` has begun.
    with Redis.from_url(servers["REDIS_URL"]) as redis:
        redis.flushdb()
    log = tmp_path_factory.mktemp("boundary") / "worker.log"
    with worker(log, "boundary", keys_of("housekeeping", "checks")) as started:
        yield started


@pytest.fixture
def outbox(celery: Celery, servers: dict[str, str]) -> Outbox:
    return Outbox(celery, servers["REDIS_URL"])


@pytest.fixture
def expired(committed: Engine) -> Callable[[], int]:
    """Put an expired token there, and count what a `housekeeping.tokens` has left of it."""
    with Session(committed) as session, session.begin():
        organization = Organization(name="Shop")
        user = User(email="ada@example.test", password_hash="x")
        session.add_all([organization, user])
        session.flush()
        session.add(
            RefreshToken(
                organization_id=organization.id,
                user_id=user.id,
                family="0" * 32,
                token_hash=b"x",
                # It says for a while after its end that a device is known.
                expires_at=datetime.now(UTC) - timedelta(days=60),
            )
        )

    def count() -> int:
        with Session(committed) as session:
            return session.scalars(select(func.count()).select_from(RefreshToken)).one()

    return count


@pytest.mark.usefixtures("running")
def test_a_signed_task_is_done_and_its_end_is_noted(
    redis: Redis, outbox: Outbox, expired: Callable[[], int]
) -> None:
    put(redis, outbox.message("housekeeping.tokens"))
    eventually(lambda: expired() == 0, seconds=SECONDS)
    eventually(lambda: len(identities(redis)) == 1, seconds=SECONDS)
    assert redis.hlen("unacked") == 0
    assert refused(redis) == {}


@pytest.mark.abuse(41)
@pytest.mark.parametrize(
    ("forge", "reason"), FORGERIES, ids=[each[0].__name__ for each in FORGERIES]
)
def test_a_forged_message_is_refused_counted_logged_and_not_acted_upon(
    running: Worker,
    redis: Redis,
    outbox: Outbox,
    expired: Callable[[], int],
    forge: Callable[[Raw], None],
    reason: str,
) -> None:
    message = outbox.message("housekeeping.tokens")
    forge(message)
    put(redis, message)
    eventually(lambda: refused(redis) == {reason: 1}, seconds=SECONDS)
    assert expired() == 1
    assert redis.llen("q.housekeeping") == redis.hlen("unacked") == len(identities(redis)) == 0
    assert "messages_refused" in running.said()
    assert CANARY not in running.said()


class Touch:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


@pytest.mark.abuse(41)
@pytest.mark.usefixtures("running")
def test_a_pickle_is_not_opened(redis: Redis, outbox: Outbox, tmp_path: Path) -> None:
    message = outbox.message("housekeeping.tokens")
    message["body"] = base64.b64encode(pickle.dumps(Touch(tmp_path / "opened"))).decode()
    message["content-type"] = "application/x-python-serialize"
    message["content-encoding"] = "binary"
    del message["headers"][HEADER]
    everyone().sign(message, "q.housekeeping", now=time())
    put(redis, message)
    eventually(lambda: refused(redis) == {"malformed": 1}, seconds=SECONDS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.abuse(41)
def test_garbage_stops_no_worker_and_costs_no_message_behind_it(
    running: Worker, redis: Redis, outbox: Outbox, expired: Callable[[], int]
) -> None:
    garbage = [
        b"",
        b"\xff\xfe",
        b"{",
        b"[" * 100_000,
        b"null",
        b"7",
        b'{"headers": null, "properties": {}}',
        b'{"headers": {"task": []}, "properties": {"delivery_tag": {}}}',
        b'{"__type__": "decimal", "__value__": "x"}',
    ]
    put(redis, *garbage, outbox.message("housekeeping.tokens"))
    eventually(lambda: expired() == 0, seconds=SECONDS)
    assert refused(redis) == {"malformed": len(garbage)}
    assert running.running


@pytest.mark.abuse(41)
@pytest.mark.usefixtures("running")
def test_a_message_that_was_worked_off_is_refused_when_it_comes_again(
    redis: Redis, outbox: Outbox
) -> None:
    message = outbox.message("housekeeping.tokens")
    put(redis, message)
    eventually(lambda: identities(redis), seconds=SECONDS)
    put(redis, message)
    eventually(lambda: refused(redis) == {"replayed": 1}, seconds=SECONDS)
    # Whoever says that it is a redelivery is not believed either.
    forged = copy.deepcopy(message)
    forged["headers"]["redelivered"] = True
    forged["properties"]["delivery_info"]["redelivered"] = True
    forged["properties"]["delivery_tag"] = "another"
    put(redis, forged)
    eventually(lambda: refused(redis) == {"replayed": 2}, seconds=SECONDS)


@pytest.mark.usefixtures("running")
def test_a_redis_that_was_emptied_lets_a_replay_in_and_no_harm_is_done(
    redis: Redis, outbox: Outbox, expired: Callable[[], int]
) -> None:
    message = outbox.message("housekeeping.tokens")
    put(redis, message)
    eventually(lambda: identities(redis), seconds=SECONDS)
    redis.flushdb()
    put(redis, message)
    eventually(lambda: identities(redis), seconds=SECONDS)
    assert refused(redis) == {}
    assert expired() == 0


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def monitor(committed: Engine, port: int) -> Monitor:
    with Session(committed, expire_on_commit=False) as session:
        monitor = watch(session, from_slot=int(time()) - 300)
        monitor.timeout_seconds = 25
        monitor.url = f"http://127.0.0.1:{port}/page"
        session.commit()
    return monitor


def rows(engine: Engine, monitor: Monitor) -> dict[int, Outcome]:
    with Session(engine) as session:
        return rows_of(session, monitor)


@pytest.mark.abuse(41)
@pytest.mark.usefixtures("running")
def test_a_forged_check_asks_no_site_and_a_replayed_one_writes_no_second_row(
    redis: Redis, outbox: Outbox, committed: Engine, monitor: Monitor, port: int
) -> None:
    slot = int(time()) + 600
    message = outbox.message("checks.check", monitor.id, slot, 1, queue=CHECKS)
    later = base64.b64encode(json.dumps([[monitor.id, slot + 1, 1], {}, {}]).encode()).decode()
    with ScriptedSite(port=port) as site:
        put(redis, message | {"body": later}, queue=CHECKS)
        put(redis, message, queue="q.housekeeping")
        eventually(lambda: refused(redis) == {"altered": 2}, seconds=SECONDS)
        assert site.count == 0
        put(redis, message, message, queue=CHECKS)
        eventually(lambda: rows(committed, monitor), seconds=SECONDS)
        put(redis, message, queue=CHECKS)
        eventually(lambda: site.count == 3 or redis.hlen("unacked") == 0, seconds=SECONDS)
    assert rows(committed, monitor) == {slot: Outcome.UP}
