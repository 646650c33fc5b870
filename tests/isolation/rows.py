"""A row of any table of an organization, with no more than what it cannot be without."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, Column, Connection, Enum, ForeignKeyConstraint, Table
from sqlalchemy.dialects.postgresql import JSONB

from domain.evaluation.outcome import Cause, Outcome
from domain.machines import Scheme
from models import Base

Row = dict[str, Any]

ORGANIZATIONS = Base.metadata.tables["organizations"]
TABLES = [table for table in Base.metadata.sorted_tables if "organization_id" in table.c]
_NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
# What constraints ask for. Everything else may be anything of its type.
_LENGTHS = {"nonce": 12, "wrapped": 40, "fingerprint": 32, "request_hash": 32} | dict.fromkeys(
    ("hash", "personal_digest", "previous_hash"), 32
)
_VALUES = {
    "all_monitors": True,
    "cause": Cause.NONE,
    "duration_seconds": 60,
    "ends_at": _NOW + timedelta(hours=1),
    "interval_seconds": 60,
    "outcome": Outcome.UP,
}
_VALUES_OF_TABLES: Mapping[str, Row] = {
    "blind_spans": {"from_slot": 1, "until_slot": 2},
    "channels": {"nonce": b"nonce", "ciphertext": b"sealed"},
    "heartbeats": {"nonce": b"nonce", "ciphertext": b"sealed"},
    "message_templates": {"text": "Words"},
    "monitor_days": {"region_id": 1},
    "monitor_months": {"region_id": 1},
    "monitor_region_states": {"region_id": 1},
    "rechecks": {"region_id": 1, "due": 1},
    "sso_connections": {"default_role": "viewer"},
    "slos": {"target_percent": 99.9, "rolling_days": 30, "indicator": "availability"},
    "test_runs": {"nonce": b"nonce-of-12b", "ciphertext": b"sealed"},
    "service_accounts": {"scheme": Scheme.CLIENT_SECRET, "secret_hash": b"hash"},
}
# Columns that may be null, and yet not here: unless one of these is given.
_WANTED: Mapping[tuple[str, str], set[str]] = {
    ("channels", "data_key_id"): set(),
    ("heartbeats", "data_key_id"): set(),
    ("test_runs", "data_key_id"): set(),
    ("escalation_targets", "contact_id"): {"contact_group_id", "on_call_schedule_id"},
    ("project_roles", "membership_id"): {"team_id"},
}
_BY_TYPE: Mapping[type, Callable[[], object]] = {
    bool: lambda: False,
    bytes: lambda: os.urandom(16),
    date: _NOW.date,
    datetime: lambda: _NOW,
    float: lambda: 1.0,
    int: lambda: 1,
    str: lambda: uuid4().hex,
    UUID: uuid4,
}


def organization(connection: Connection) -> int:
    insert = ORGANIZATIONS.insert().values(name="Somebody").returning(ORGANIZATIONS.c.id)
    key: int = connection.execute(insert).scalar_one()
    return key


def keys_of(table: Table) -> list[ForeignKeyConstraint]:
    """Give the keys by which a row refers to others of its organization."""
    return [key for key in _in_order(table) if key.referred_table in TABLES]


def _in_order(table: Table) -> list[ForeignKeyConstraint]:
    """Give its keys in the order that each process of a test run has: they are a set."""
    return sorted(table.foreign_key_constraints, key=lambda key: list(key.column_keys))


def named_by(key: ForeignKeyConstraint, referred: Row) -> Row:
    """Give what a row says that refers to this one, besides the organization."""
    names = {each.parent.name: referred[each.column.name] for each in key.elements}
    return {name: value for name, value in names.items() if name != "organization_id"}


def make(connection: Connection, table: Table, organization_id: int, **given: Any) -> Row:  # noqa: ANN401 - columns
    """Insert a row, and before it those that it has to refer to."""
    values = _VALUES_OF_TABLES.get(table.name, {}) | given
    if "organization_id" in table.c:
        values["organization_id"] = organization_id
    for key in _in_order(table):
        if _lacks(key, values):
            parent = make(connection, key.referred_table, organization_id)
            values = named_by(key, parent) | values
    for column in table.c:
        if column.name not in values and _is_asked_for(column):
            values[column.name] = _anything(column)
    if "custom_role_id" in table.c:
        # Only this role has one.
        values["role"] = "custom" if values.get("custom_role_id") else "viewer"
    inserted = connection.execute(table.insert().values(values).returning(table))
    return dict(inserted.mappings().one())


def _lacks(key: ForeignKeyConstraint, values: Row) -> bool:
    missing = [column for column in key.columns if column.name not in values]
    return bool(missing) and all(_is_wanted(column, values) for column in missing)


def _is_wanted(column: Column[Any], values: Row) -> bool:
    if not column.nullable:
        return True
    alternatives = _WANTED.get((column.table.name, column.name))
    return alternatives is not None and not alternatives & values.keys()


def _is_asked_for(column: Column[Any]) -> bool:
    by_itself = column.default, column.server_default, column.identity
    return not column.nullable and not any(each is not None for each in by_itself)


def _anything(column: Column[Any]) -> object:
    if column.name in _VALUES:
        return _VALUES[column.name]
    match column.type:
        case Enum(enum_class=kind) if kind is not None:
            return next(iter(kind))
        case ARRAY():
            return []
        case JSONB():
            return {}
    if column.name in _LENGTHS:
        return os.urandom(_LENGTHS[column.name])
    return _BY_TYPE[column.type.python_type]()
