"""The health of the system: one examination for `/readyz`, the watchdog and the operator."""

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import cast

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from domain.evaluation.state import State
from domain.health import (
    LONGEST_IN_QUEUE,
    LONGEST_SILENCE,
    LONGEST_WAIT,
    Metrics,
    Part,
    Unknown,
    is_suspicious,
    judge,
    judge_queues,
)
from models.session import database_now
from services.operations import overview, partitions, system_counts
from services.operations.deadline import within
from services.schedules import regions

Transactions = Callable[[], AbstractContextManager[Session]]

NO_DATABASE = "The database does not respond."
NO_REDIS = "Redis does not respond."
PATIENCE = 4.0
"""Seconds to wait for the database: a stopped one ends no statement and closes no connection."""

_AT_REST = (State.PAUSED, State.PENDING)


def examine(
    transaction: Transactions,
    redis: Redis,
    *,
    wall_clock: float,
    patience: float = PATIENCE,
    is_archiving: bool = False,
) -> list[Part]:
    """Check every part, and report those that do not answer.

    It opens its own transaction, because that may be what fails. `wall_clock` is this machine's, in
    unix seconds, like the signatures of queued messages. `patience` is in seconds. With
    `is_archiving`, days of checks have to reach the archive.
    """
    try:
        found, known = within(
            patience, partial(_of_database, transaction, is_archiving=is_archiving)
        )
    except (SQLAlchemyError, TimeoutError):
        unknown = Part("beat", f"Unknown: {NO_DATABASE}")
        return [
            Part("database", NO_DATABASE),
            unknown,
            *_of_redis(redis, (), wall_clock),
        ]
    return [Part("database"), *found, *_of_redis(redis, known, wall_clock)]


def _of_database(transaction: Transactions, *, is_archiving: bool) -> tuple[list[Part], list[str]]:
    """Return the parts as the database shows them, and the names of the regions."""
    with transaction() as session:
        session.execute(text("SET LOCAL statement_timeout = 1000"))
        found = judge(metrics(session, now=database_now(session), is_archiving=is_archiving))
        return found, list(regions.names(session).values())


def metrics(session: Session, *, now: datetime, is_archiving: bool = False) -> Metrics:
    """Return the metrics that determine the health; times are in seconds."""
    patience = timedelta(seconds=LONGEST_WAIT)
    due_since = system_counts.waiting_since(session, now=now, patience=patience)
    since = now - timedelta(seconds=LONGEST_SILENCE)
    return Metrics(
        lag=overview.lags(session, now=now).published,
        waiting=(now - due_since).total_seconds() if due_since else 0,
        missing_partitions=partitions.missing(session, now=now),
        unknown=_unknown(session),
        silent_regions=system_counts.silent_regions(session, since=since),
        unarchived=system_counts.unarchived_seconds(session, now=now) if is_archiving else 0,
    )


def _unknown(session: Session) -> Unknown:
    """Count unknown monitors. The more there are, the longer it takes to find their causes.

    So causes are looked up only if most organizations are affected. One organization alone cannot
    cause that work.
    """
    states = system_counts.states(session)
    checked = sum(count for state, count in states.items() if state not in _AT_REST)
    found = Unknown(states.get(State.UNKNOWN, 0), checked)
    for count in (system_counts.unknown, system_counts.own_failures):
        if is_suspicious(found):
            found = count(session)
    return found


def _of_redis(redis: Redis, regions: Iterable[str], wall_clock: float) -> list[Part]:
    queues = (*LONGEST_IN_QUEUE, *(f"q.checks.{region}" for region in regions))
    try:
        # Workers take from the end of the list, so the oldest message is there.
        oldest = {queue: cast("bytes | None", redis.lindex(queue, -1)) for queue in queues}
    except RedisError:
        return [Part("redis", NO_REDIS)]
    ages = {queue: _age(message, wall_clock) for queue, message in oldest.items()}
    return [Part("redis"), judge_queues(ages)]


def _age(message: bytes | None, wall_clock: float) -> float:
    """Return how many seconds ago a message was signed; 0 for anything else."""
    if message is None:
        return 0
    try:
        issued = json.loads(message)["headers"]["signature"].split(".")[3]
        return wall_clock - int(issued) / 1000
    except (ValueError, LookupError, TypeError, AttributeError):
        return 0
