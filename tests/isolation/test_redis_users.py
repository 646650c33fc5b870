"""What each user of Redis may not do, tried on a real server with the rules that deployments have."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, NoPermissionError

from devstack import logins, redis_users
from devstack.redis import Redis as Server
from devstack.roles import ROLES

USERS = redis_users.names()
WORKERS = sorted(role.component for role in ROLES if role.name.startswith("worker-"))
# Whatever goes beyond one's own few keys, or changes the server for others.
NOBODY = [
    ("KEYS", "*"),
    ("SCAN", "0"),
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("CONFIG", "GET", "*"),
    ("CONFIG", "SET", "maxmemory", "1"),
    ("MONITOR",),
    ("SHUTDOWN",),
    ("ACL", "LIST"),
    ("ACL", "SETUSER", "more"),
    ("CLIENT", "LIST"),
    ("CLIENT", "KILL", "TYPE", "normal"),
    ("SCRIPT", "FLUSH"),
    ("DEBUG", "SLEEP", "0"),
    ("REPLICAOF", "NO", "ONE"),
    ("MIGRATE", "127.0.0.1", "1", "", "0", "1", "KEYS", "q.dispatch"),
    ("LRANGE", "q.dispatch", "0", "-1"),
    ("RENAME", "q.dispatch", "q.other"),
    ("GET", "elsewhere"),
    ("SET", "elsewhere", "1"),
    ("PUBLISH", "elsewhere", "1"),
    ("SUBSCRIBE", "elsewhere"),
    ("PSUBSCRIBE", "*"),
    ("EVAL", "return redis.call('GET', 'elsewhere')", "0"),
    ("EVAL", "return redis.call('FLUSHALL')", "0"),
]
NOT_THESE = {
    "api": [
        ("RPOP", "q.dispatch"),
        ("BRPOP", "q.dispatch", "1"),
        ("DEL", "q.dispatch"),
        ("HGET", "unacked", "tag"),
        ("SET", "messages:finished:x", "1"),
        ("SUBSCRIBE", "/0.celery.pidbox"),
        ("PUBLISH", "/0.celery.pidbox", "1"),
    ],
    "beat": [
        ("RPOP", "q.dispatch"),
        ("DEL", "q.dispatch"),
        ("HGETALL", "telemetry:checks"),
        ("HGET", "unacked", "tag"),
        ("GET", "limits:x"),
        ("PUBLISH", "/0.celery.pidbox", "1"),
    ],
    "flower": [
        ("LPUSH", "q.dispatch", "1"),
        ("RPOP", "q.dispatch"),
        ("DEL", "q.dispatch"),
        ("HGETALL", "telemetry:checks"),
        ("GET", "limits:x"),
    ],
    **{
        worker: [("GET", "limits:x"), ("SET", "limits:x", "1"), ("HGETALL", "telemetry:checks")]
        for worker in WORKERS
        if worker != "maintenance"
    },
}
MAY = {
    "api": [
        ("LPUSH", "q.checks.default", "1"),
        ("LLEN", "q.dispatch"),
        ("INCRBY", "limits:x", "1"),
    ],
    "beat": [("LPUSH", "q.dispatch", "1"), ("SMEMBERS", "_kombu.binding.q.dispatch")],
    "flower": [("PUBLISH", "/0.celery.pidbox", "1"), ("RPOP", "x.reply.celery.pidbox")],
    **{worker: [("LPUSH", "q.notifications", "1"), ("RPOP", f"q.{worker}")] for worker in WORKERS},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        server = Server(Path(name) / "redis", secrets=Path(name) / "secrets")
        yield server
        server.stop()


@pytest.mark.parametrize("user", USERS)
def test_a_user_is_refused_what_is_not_its_business(server: Server, user: str) -> None:
    with Redis.from_url(server.url_of(user)) as client:
        for command in [*NOBODY, *NOT_THESE.get(user, [])]:
            with pytest.raises(Exception, match=r"(?i)permission|can't (run|access)") as refused:
                client.execute_command(*command)
            assert refused.type is not AuthenticationError, command


@pytest.mark.parametrize("user", USERS)
def test_a_user_may_do_its_work(server: Server, user: str) -> None:
    with Redis.from_url(server.url_of(user)) as client:
        for command in MAY[user]:
            client.execute_command(*command)


def test_nobody_comes_in_without_a_password(server: Server) -> None:
    for url in (f"unix://{server.socket}", f"unix://api:guess@{server.socket}"):
        with Redis.from_url(url) as client, pytest.raises(AuthenticationError):
            client.ping()


def test_passwords_are_kept_as_digests_by_the_server(server: Server) -> None:
    file = server.directory / "users.acl"
    password = server.url_of("api").split(":")[2].partition("@")[0]
    assert file.stat().st_mode & 0o077 == 0
    assert password not in file.read_text()


def test_every_process_has_a_user_of_its_own_in_both_stores() -> None:
    processes = {role.component for role in ROLES if not role.is_job}
    assert set(USERS) == processes
    assert set(logins.RIGHTS) == processes


def test_the_commands_that_are_refused_are_such_that_redis_knows(server: Server) -> None:
    """A misspelt command would be refused for another reason than its danger."""
    with Redis.from_url(server.url) as client:
        for name, *_ in NOBODY:
            assert client.execute_command("COMMAND", "INFO", name)


def test_a_refused_transaction_does_nothing(server: Server) -> None:
    with Redis.from_url(server.url_of("flower")) as client, client.pipeline() as pipe:
        pipe.sadd("_kombu.binding.x", "1").lpush("q.dispatch", "1")
        with pytest.raises(NoPermissionError):
            pipe.execute()
        assert not client.exists("_kombu.binding.x")
