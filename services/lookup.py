"""Looks up what an organization owns by its public id, and names what must be unique there."""

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
    """Return it as it is; raises `NotFound` with the noun."""
    return _one(session, table, organization_id, public_id, noun, lock=None)


def locked(
    session: Session, table: type[T], organization_id: int, public_id: uuid.UUID, noun: str
) -> T:
    """Return it as nobody else changes it until the end of the transaction; raises `NotFound`.

    What this transaction read of it before may be old by then, and is read again. New rows that
    refer to it wait, too; `changing` lets them pass.
    """
    return _one(session, table, organization_id, public_id, noun, lock="whole")


def changing(
    session: Session, table: type[T], organization_id: int, public_id: uuid.UUID, noun: str
) -> T:
    """Return it as `locked` does, but keep nobody from writing rows that refer to it."""
    return _one(session, table, organization_id, public_id, noun, lock="but its key")


def keys(
    session: Session, table: type[object], organization_id: int, public_ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, int]:
    """Return the keys of those that there are in the organization, by public id.

    Which are missing is for the caller to say. Nothing is asked for no ids.
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
    """Write a row with its name; raises `Conflict` if another one has it.

    The database alone can say that: somebody else may have taken the name just now. `noun` is what
    the row is, with its article.
    """
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is {noun} with this name.", field="name") from error
