"""What each user of Redis may not do, and what it has to do: for a server of whatever kind."""

from collections.abc import Mapping, Sequence

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from devstack.roles import ROLES
from devstack.servers import redis_users

Command = tuple[str, ...]

USERS = redis_users.names()
WORKERS = sorted(role.component for role in ROLES if role.name.startswith("worker-"))
# Whatever goes beyond one's own few keys, or changes the server for others.
NOBODY: Sequence[Command] = [
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
_OF_HINTS: Sequence[Command] = [
    ("INCR", "live:v:1"),
    ("INCR", "live:v:1:edits"),
    ("PUBLISH", "live:1", "{}"),
]
NOT_THESE: Mapping[str, Sequence[Command]] = {
    "api": [
        ("RPOP", "q.dispatch"),
        ("BRPOP", "q.dispatch", "1"),
        ("DEL", "q.dispatch"),
        ("HGET", "unacked", "tag"),
        ("SET", "messages:finished:x", "1"),
        ("SUBSCRIBE", "/0.celery.pidbox"),
        ("PUBLISH", "/0.celery.pidbox", "1"),
        ("SUBSCRIBE", "live:1"),
    ],
    "beat": [
        ("RPOP", "q.dispatch"),
        ("DEL", "q.dispatch"),
        ("HGETALL", "telemetry:checks"),
        ("HINCRBY", "telemetry:checks", "default up", "1"),
        ("HGET", "unacked", "tag"),
        ("GET", "limits:x"),
        ("PUBLISH", "/0.celery.pidbox", "1"),
        *_OF_HINTS,
    ],
    "flower": [
        *_OF_HINTS,
        ("LPUSH", "q.dispatch", "1"),
        ("RPOP", "q.dispatch"),
        ("DEL", "q.dispatch"),
        ("HGETALL", "telemetry:checks"),
        ("GET", "limits:x"),
    ],
    "live": [
        ("INCR", "live:v:1"),
        ("PUBLISH", "live:1", "{}"),
        ("SUBSCRIBE", "live:1"),
        ("DEL", "live:v:1"),
        ("LLEN", "q.dispatch"),
    ],
    "health": [("LLEN", "q.dispatch"), ("PUBLISH", "/0.celery.pidbox", "1"), ("INFO",)],
    **{
        worker: [("GET", "limits:x"), ("SET", "limits:x", "1"), ("HGETALL", "telemetry:checks")]
        for worker in WORKERS
        if worker != "housekeeping"
    },
}
MAY: Mapping[str, Sequence[Command]] = {
    "api": [
        ("LPUSH", "q.checks.default", "1"),
        ("LLEN", "q.dispatch"),
        ("INCRBY", "limits:x", "1"),
        ("MGET", "live:v:1", "live:v:1:edits"),
        ("HINCRBYFLOAT", "telemetry:request_durations", "/ GET sum", "0.1"),
        ("HDEL", "telemetry:processes", "api host 1"),
        *_OF_HINTS,
    ],
    "beat": [
        ("LPUSH", "q.dispatch", "1"),
        ("SMEMBERS", "_kombu.binding.q.dispatch"),
        ("HSET", "telemetry:processes", "beat host 1", "{}"),
        ("HINCRBYFLOAT", "telemetry:process_cpu", "beat", "0.1"),
    ],
    "flower": [("PUBLISH", "/0.celery.pidbox", "1"), ("RPOP", "x.reply.celery.pidbox")],
    "live": [("GET", "live:v:1"), ("MGET", "live:v:1")],
    "health": [("PING",)],
    **{
        worker: [("LPUSH", "q.notifications", "1"), ("RPOP", f"q.{worker}"), *_OF_HINTS]
        for worker in WORKERS
    },
}


def refuse_what_is_not_its_business(client: Redis, user: str) -> None:
    for command in [*NOBODY, *NOT_THESE.get(user, [])]:
        with pytest.raises(
            Exception, match=r"(?i)permission|can't (run|access)|not allowed"
        ) as refused:
            client.execute_command(*command)  # type: ignore[no-untyped-call] # redis-py has no types for it
        assert refused.type is not AuthenticationError, command


def let_it_work(client: Redis, user: str) -> None:
    for command in MAY[user]:
        client.execute_command(*command)  # type: ignore[no-untyped-call] # as above
