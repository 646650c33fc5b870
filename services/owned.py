"""What an organization owns, by the id that the API shows."""

import uuid
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.errors import Conflict, NotFound

T = TypeVar("T")


def find(
    session: Session, table: type[T], organization_id: int, public_id: uuid.UUID, noun: str
) -> T:
    """Return it as it is; raises `NotFound` with the noun."""
    return _one(session, table, organization_id, public_id, noun, is_locked=False)


def locked(
    session: Session, table: type[T], organization_id: int, public_id: uuid.UUID, noun: str
) -> T:
    """Return it as nobody else changes it until the end of the transaction; raises `NotFound`.

    What this transaction read of it before may be old by then, and is read again.
    """
    return _one(session, table, organization_id, public_id, noun, is_locked=True)


def refuse_more(
    session: Session, table: type[object], organization_id: int, *, most: int, nouns: str
) -> None:
    """Raise `Conflict` if the organization has as many as it may."""
    columns: Any = table
    query = select(func.count()).where(columns.organization_id == organization_id)
    if session.execute(query).scalar_one() >= most:
        raise Conflict(f"An organization has at most {most} {nouns}.")


def _one(
    session: Session,
    table: type[T],
    organization_id: int,
    public_id: uuid.UUID,
    noun: str,
    *,
    is_locked: bool,
) -> T:
    columns: Any = table
    query = select(table).where(
        columns.organization_id == organization_id, columns.public_id == public_id
    )
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(noun)
    return found
