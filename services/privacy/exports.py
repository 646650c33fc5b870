"""Exports made from the catalogue: all that is stored of a person, or of an organization.

A document has one list of rows for each table. Rows name each other by public ids. What a column
holds, and which columns are left out, is in `docs/reference/privacy.md`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, cast, func, select
from sqlalchemy.dialects.postgresql import UUID
from sqlalchemy.orm import Session

from models import Base, User
from models.session import act_for, act_for_nobody
from services.privacy.catalogue import TABLES

_AT_ONCE = 1_000
_LISTS = {"monitor_ids": ("monitors", "public_id"), "region_ids": ("regions", "name")}
"""Columns that list keys of another table, and what stands for each of these."""
_ADDRESSES = ("acknowledged_by", "address", "by", "email")
"""Columns that hold the address of a user, and not the key."""

LOG = frozenset({"audit_entries"})
"""Tables that grow by the acts of people, so no later export has the same rows."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one table, which are read as they are taken."""

    name: str
    rows: Iterable[Row]


def of_organization(session: Session, organization_id: int) -> Iterator[Section]:
    """Yield all tables of an organization that the transaction acts for, in constant memory."""
    names = {
        column: dict(_pairs(session, table, name, organization_id))
        for column, (table, name) in _LISTS.items()
    }
    for name, line in sorted(TABLES.items()):
        if line.shared:
            table = Base.metadata.tables[name]
            own = table.c.id if name == "organizations" else table.c.organization_id
            query = _query(table, line.shared.split(), own == organization_id)
            yield Section(name, _rows(session, query, names))


def of_person(
    session: Session, user: User, organization_ids: Iterable[int]
) -> dict[str, list[Row]]:
    """Return all rows of a person, by table; afterwards the transaction acts for nobody.

    Rows of an organization are those of the organizations given, which the person belongs to.
    """
    found: dict[str, list[Row]] = {name: [] for name, line in sorted(TABLES.items()) if line.own}
    act_for_nobody(session)
    for name in found:
        if "organization_id" not in Base.metadata.tables[name].c:
            found[name] += _own(session, name, user)
    for organization_id in organization_ids:
        act_for(session, organization_id)
        for name, rows in found.items():
            table = Base.metadata.tables[name]
            if "organization_id" in table.c:
                rows.extend(_own(session, name, user, table.c.organization_id == organization_id))
    act_for_nobody(session)
    return found


def fingerprint(sections: Iterable[Section]) -> str:
    """Return the SHA-256 of an export without its log, the same for the same rows."""
    digest = hashlib.sha256()
    for section in sections:
        if section.name not in LOG:
            for piece in as_json(section.rows):
                digest.update(piece)
    return digest.hexdigest()


def as_json(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield a JSON array of the rows, piece by piece."""
    before = b"[\n"
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False, sort_keys=True).encode()
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


def _own(session: Session, name: str, user: User, *conditions: ColumnElement[bool]) -> list[Row]:
    line, table = TABLES[name], Base.metadata.tables[name]
    column: Column[Any] = table.c[line.found_by]
    if line.found_by in _ADDRESSES:
        is_own = func.lower(column) == user.email.lower()
    else:
        is_own = column == (user.public_id if line.found_by == "actor_id" else user.id)
    query = _query(table, line.own.split(), is_own, *conditions)
    return list(_rows(session, query, {}))


def _query(table: Table, columns: Iterable[str], *conditions: ColumnElement[bool]) -> Select[Any]:
    """Select columns, with the public id in place of the key of another row."""
    query = select().select_from(table)
    for name in columns:
        target = _target(table.c[name])
        if target is None:
            query = query.add_columns(table.c[name].label(_shown(name)))
        else:
            other = target.alias()
            public_id = (
                select(other.c.public_id).where(other.c.id == table.c[name]).scalar_subquery()
            )
            query = query.add_columns(cast(public_id, UUID).label(name))
    return query.where(*conditions).order_by(*table.primary_key.columns)


def _shown(name: str) -> str:
    return "id" if name == "public_id" else name


def _target(column: Column[Any]) -> Table | None:
    """Return the table whose row a column names by its key, if that has public ids."""
    for key in column.foreign_keys:
        target: Table = key.column.table
        if key.column.name == "id" and "public_id" in target.c and target.name != "organizations":
            return target
    return None


def _rows(
    session: Session, query: Select[Any], names: Mapping[str, Mapping[int, str]]
) -> Iterator[Row]:
    options = {"stream_results": True, "yield_per": _AT_ONCE}
    for row in session.execute(query, execution_options=options).mappings():
        yield {
            name: _lists(value, names[name]) if name in names else _plain(value)
            for name, value in row.items()
        }


def _pairs(
    session: Session, name: str, shown: str, organization_id: int
) -> Iterator[tuple[int, str]]:
    table = Base.metadata.tables[name]
    query = select(table.c.id, table.c[shown])
    if "organization_id" in table.c:
        query = query.where(table.c.organization_id == organization_id)
    for row in session.execute(query):
        yield row[0], str(row[1])


def _lists(value: Iterable[int] | None, names: Mapping[int, str]) -> list[str] | None:
    return None if value is None else [names[each] for each in value if each in names]


def _plain(value: object) -> object:
    """Return a value as JSON has it."""
    match value:
        case datetime() | date():
            found: object = value.isoformat()
        case bytes() | memoryview():
            found = bytes(value).hex()
        case list() | tuple():
            found = [_plain(each) for each in value]
        case dict():
            found = {key: _plain(each) for key, each in value.items()}
        case None | bool() | int() | float() | str():
            found = value
        case _:
            found = str(value)
    return found
