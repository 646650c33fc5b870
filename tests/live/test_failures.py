"""What the hub does while a store is away: streams go on, but not without a valid session."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine

from devstack.servers.redis import Redis as Server
from domain.hints import version_key
from tasks.hints import Publisher
from tests.devstack.eventually import eventually
from tests.live.hubs import hub
from tests.web.reader import Reader

MOST_SECONDS = 2.0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Start a server with the users that deployments have."""
    server = Server(tmp_path / "redis", secrets=tmp_path / "secrets")
    yield server
    server.stop()


def version(client: Redis, organization_id: int) -> object:
    try:
        return client.get(version_key(organization_id))
    except RedisError:
        return None


def publish(server: Server, organization_id: int) -> bool:
    with Redis.from_url(server.url_of("checks")) as client:
        before = version(client, organization_id)
        Publisher(lambda: client).publish({organization_id: frozenset({"monitors"})})
        return version(client, organization_id) != before


def organization_of(committed: Engine) -> int:
    with committed.connect() as connection:
        return int(
            connection.exec_driver_sql("SELECT organization_id FROM memberships").scalar_one()
        )


def test_streams_go_on_when_redis_is_restarted(
    server: Server, live_database: str, ada: Reader, committed: Engine, tmp_path: Path
) -> None:
    session, organization_id = ada.cookie("session") or "", organization_of(committed)
    environment = {"DATABASE_URL": live_database, "REDIS_URL": server.url_of("live")}
    with hub(tmp_path, environment) as running, running.open(session) as stream:
        stream.opened()
        os.kill(server.pid, signal.SIGKILL)
        eventually(lambda: publish(server, organization_id), seconds=30)
        # Heard, or made up for.
        assert stream.hear_hint(10).version > 0
        assert publish(server, organization_id)
        stream.hear_hint(MOST_SECONDS)


def test_streams_go_on_when_redis_is_emptied(
    server: Server, live_database: str, ada: Reader, committed: Engine, tmp_path: Path
) -> None:
    session, organization_id = ada.cookie("session") or "", organization_of(committed)
    environment = {"DATABASE_URL": live_database, "REDIS_URL": server.url_of("live")}
    with hub(tmp_path, environment) as running, running.open(session) as stream:
        stream.opened()
        assert publish(server, organization_id)
        before = stream.hear_hint(MOST_SECONDS)
        with Redis.from_url(server.url) as everything:
            everything.flushall()
        assert publish(server, organization_id)
        # No version returns that a page may have shown.
        assert stream.hear_hint(MOST_SECONDS).version > before.version


def test_readers_learn_that_hints_may_be_missed_and_when_they_are_not(
    server: Server, live_database: str, ada: Reader, tmp_path: Path
) -> None:
    session = ada.cookie("session") or ""
    environment = {"DATABASE_URL": live_database, "REDIS_URL": server.url_of("live")}
    renewing = hub(tmp_path, environment, application="tests.live.renewing:app")
    with renewing as running, running.open(session) as stream:
        stream.opened()
        assert stream.hear_hint().version < 0
        server.stop()
        stream.hear(b"event: lost", 30)
        # A renewal would say that all is well.
        assert stream.is_silent(2)
        server.start()
        stream.hear_hint(30)


def test_without_postgres_nobody_gets_a_stream_and_those_that_exist_end(
    server: Server, live_database: str, ada: Reader, committed: Engine, tmp_path: Path
) -> None:
    session = ada.cookie("session") or ""
    environment = {"DATABASE_URL": live_database, "REDIS_URL": server.url_of("live")}
    with hub(tmp_path, environment) as running, running.open(session) as stream:
        stream.opened()
        with committed.begin() as connection:
            connection.exec_driver_sql("ALTER ROLE live NOLOGIN")
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'live'"
            )
        try:
            stream.hear_end(30)
            with running.open(session) as refused:
                assert refused.status == 503
        finally:
            with committed.begin() as connection:
                connection.exec_driver_sql("ALTER ROLE live LOGIN")
        with running.open(session) as again:
            again.opened()
