"""Advisory locks of Postgres: all kinds in one place, so that no two share a number.

A lock consists of a kind and a key. All locks end with the transaction, even if the process is
killed; one that is `held` ends with its connection. Take advisory locks before any row is locked.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import Session

_KEY_BYTES = 4
"""Postgres takes a kind and a key of 32 bits each."""


class Lock(IntEnum):
    """What a lock protects, and what its key is."""

    CHANGE = 7_203_101
    """One change at a time of the resource at a path; the key is an organization and the path."""
    CREDENTIALS = 7_203_102
    """Changes of credentials, against monitors being attached; an organization."""
    DEPENDENCIES = 7_203_103
    """Changes of parents, so that two form no cycle; an organization."""
    PARENT_RECHECK = 7_203_104
    """One recheck of a parent for all children that ask; a monitor."""
    HEARTBEAT_SWEEP = 7_203_105
    RECEIVER_UPTIME = 7_203_106
    SLO_BURN_SWEEP = 7_203_107
    OPT_IN = 7_203_108
    """Opt-in questions to one address, of any organization; a kind of channel and an address."""
    TEST_MESSAGES = 7_203_109
    """The count of test messages; an organization."""
    PARTITIONS = 7_203_110
    SIGNING_KEYS = 7_203_111
    TOKEN_FAMILY = 7_203_112
    """Renewals of one login; the family of its refresh tokens."""
    IDEMPOTENT_REQUEST = 7_203_113
    """One request that may be sent again; its fingerprint."""
    ARCHIVE = 7_203_114
    """Work on the archive, which takes many transactions (`held`)."""


def take(session: Session, lock: Lock, key: int | str | bytes = 0) -> None:
    """Wait for the lock, then hold it until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(lock, _number(key))))


def share(session: Session, lock: Lock, key: int | str | bytes = 0) -> None:
    """Hold the lock together with others that share it, and lock out those that take it."""
    session.execute(select(func.pg_advisory_xact_lock_shared(lock, _number(key))))


def try_take(session: Session, lock: Lock, key: int | str | bytes = 0) -> bool:
    """Take the lock if it is free; return whether that succeeded, without waiting."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(lock, _number(key)))))


@contextmanager
def held(engine: Engine, lock: Lock) -> Iterator[bool]:
    """Hold the lock for work of many transactions, on a connection of its own.

    Give whether the lock was free. If the connection is lost, another process may take the lock, so
    the work has to be harmless when it is done twice at once.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_free = bool(connection.scalar(select(func.pg_try_advisory_lock(lock, 0))))
        try:
            yield is_free
        finally:
            if is_free:
                connection.execute(select(func.pg_advisory_unlock(lock, 0)))


def taken(lock: Lock, key: ColumnElement[int]) -> ColumnElement[bool]:
    """Return a condition that takes the lock of each row, and is false if another holds it."""
    return func.pg_try_advisory_xact_lock(lock, key)


def take_change(session: Session, organization_id: int, path: str) -> None:
    """Wait for other changes at a path of the organization, then lock it."""
    take(session, Lock.CHANGE, f"{organization_id}\0{path}")


def _number(key: int | str | bytes) -> int:
    if isinstance(key, int):
        return key
    notified = key.encode() if isinstance(key, str) else key
    return int.from_bytes(hashlib.sha256(notified).digest()[:_KEY_BYTES], signed=True)
