"""Looks up rows of an organization by public id, and reports names that are taken."""

import uuid
from collections.abc import Iterable
from typing import Any, Literal, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.errors import Conflict, NotFound

T = TypeVar("T")


def find(
    session: Session, table: type[T], organization_id: int, public_id: uuid.UUID, noun: str
) -> T:
    """Return the row without a lock. Raise `NotFound` with the noun if there is none."""
    return _one(session, table, organization_id, public_id, noun, lock=None)


def locked(
    session: Session, table: type[T], organization_id: int, public_id: uuid.UUID, noun: str
) -> T:
    """Return the row, locked until the end of the transaction. Raise `NotFound` if there is none.

    The row is read again, because an earlier read may be outdated. New rows that refer to it wait
    too; `changing` does not block them.
    """
    return _one(session, table, organization_id, public_id, noun, lock="whole")


def changing(
    session: Session, table: type[T], organization_id: int, public_id: uuid.UUID, noun: str
) -> T:
    """Return the row as `locked` does, but do not block new rows that refer to it."""
    return _one(session, table, organization_id, public_id, noun, lock="but its key")


def keys(
    session: Session, table: type[object], organization_id: int, public_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of the existing rows among these, by public id.

    The caller reports the missing ones. Without ids, no query is made.
    """
    wanted = set(public_ids)
    if not wanted:
        return {}
    columns: Any = table
    rows = session.execute(
        select(columns.public_id, columns.id).where(
            columns.organization_id == organization_id, columns.public_id.in_(wanted)
        )
    )
    return dict(rows.all())


def names(
    session: Session, table: type[object], organization_id: int, public_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, str]:
    """Return the names of the existing rows among these, by public id."""
    wanted = set(public_ids)
    if not wanted:
        return {}
    columns: Any = table
    rows = session.execute(
        select(columns.public_id, columns.name).where(
            columns.organization_id == organization_id, columns.public_id.in_(wanted)
        )
    )
    return dict(rows.all())


def by_name(
    session: Session, table: type[object], organization_id: int, *, most: int
) -> dict[uuid.UUID, str]:
    """Return the public ids and names of the first rows by name, to choose from."""
    columns: Any = table
    rows = session.execute(
        select(columns.public_id, columns.name)
        .where(columns.organization_id == organization_id)
        .order_by(columns.name, columns.id)
        .limit(most)
    )
    return dict(rows.all())


def _one(
    session: Session,
    table: type[T],
    organization_id: int,
    public_id: uuid.UUID,
    noun: str,
    *,
    lock: Literal["whole", "but its key"] | None,
) -> T:
    columns: Any = table
    query = select(table).where(
        columns.organization_id == organization_id, columns.public_id == public_id
    )
    if lock is not None:
        query = query.with_for_update(key_share=lock == "but its key")
        query = query.execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(noun)
    return found


def flush_unique(session: Session, noun: str) -> None:
    """Write a row with a unique name. Raise `Conflict` if the name is taken.

    Only the database knows that, because another transaction may have just taken it. `noun` is the
    kind of row, with its article.
    """
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is already {noun} with this name.", field="name") from error
