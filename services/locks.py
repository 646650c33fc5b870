"""Advisory locks of Postgres: every kind that the system takes, so that no two share a number.

A lock is a kind and a key within it. All end with the transaction, also with one whose process was
killed. Take them before any row is locked: first advisory locks, then rows.
"""

import hashlib
from enum import IntEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

_KEY_BYTES = 4
"""Postgres takes a kind and a key of 32 bits each."""


class Lock(IntEnum):
    """What a lock protects, and what its key is."""

    CHANGE = 7_203_101
    """One change at a time of what is at a path; the key is an organization and the path."""
    CREDENTIALS = 7_203_102
    """Changes of credentials, against monitors that are being attached; an organization."""
    DEPENDENCIES = 7_203_103
    """Changes of what monitors depend on, so that two make no circle; an organization."""
    PARENT_RECHECK = 7_203_104
    """One recheck of a parent for all children that ask; a monitor."""
    HEARTBEAT_SWEEP = 7_203_105
    RECEIVER_UPTIME = 7_203_106
    SLO_BURN_SWEEP = 7_203_107
    OPT_IN = 7_203_108
    """Questions to one address, whichever organization asks; a kind of channel and an address."""
    TEST_MESSAGES = 7_203_109
    """The count of test messages; an organization."""
    PARTITIONS = 7_203_110
    SIGNING_KEYS = 7_203_111
    TOKEN_FAMILY = 7_203_112
    """Renewals of one login; the family of its refresh tokens."""
    IDEMPOTENT_REQUEST = 7_203_113
    """One request that is sent again; its fingerprint."""


def take(session: Session, lock: Lock, key: int | str | bytes = 0) -> None:
    """Wait until nobody else holds the lock, then hold it until the transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(lock, _number(key))))


def share(session: Session, lock: Lock, key: int | str | bytes = 0) -> None:
    """Hold the lock beside others who share it, and keep out whoever takes it."""
    session.execute(select(func.pg_advisory_xact_lock_shared(lock, _number(key))))


def try_take(session: Session, lock: Lock, key: int | str | bytes = 0) -> bool:
    """Return whether the lock is now ours; False at once if somebody else holds it."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(lock, _number(key)))))


def taken(lock: Lock, key: ColumnElement[int]) -> ColumnElement[bool]:
    """Return a condition that takes the lock of each row, and is false where others hold it."""
    return func.pg_try_advisory_xact_lock(lock, key)


def take_change(session: Session, organization_id: int, path: str) -> None:
    """Wait until nobody else changes what is at a path of the organization."""
    take(session, Lock.CHANGE, f"{organization_id}\0{path}")


def _number(key: int | str | bytes) -> int:
    if isinstance(key, int):
        return key
    notified = key.encode() if isinstance(key, str) else key
    return int.from_bytes(hashlib.sha256(notified).digest()[:_KEY_BYTES], signed=True)
