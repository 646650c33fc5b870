"""Pages of a list: a cursor marks the row after which the next page begins.

A cursor is bound to one list and one order. It has no internal key, and a forged one still selects
only rows of the organization.
"""

import base64
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, TypeVarTuple

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.errors import Invalid

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Shown = TypeVar("Shown")

_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    next_cursor: str | None

    def each(self, show: Callable[[T], Shown]) -> "Page[Shown]":
        """Return the page with `show` applied to each item."""
        return Page([show(item) for item in self.items], self.next_cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """The requested page: at most `limit` rows after the cursor."""

    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The columns that order a list, unique together. `scope` is that of the cursor."""

    scope: str
    columns: Sequence[InstrumentedAttribute[Any]]
    is_descending: bool = False


_READ: dict[type, Callable[[str], Any]] = {
    str: str,
    uuid.UUID: uuid.UUID,
    datetime: datetime.fromisoformat,
}


def read(session: Session, query: Select[T], order: Order, request: PageRequest) -> Page[T]:
    """Read a page of a query that selects the columns of the order.

    Raise `Invalid` for a wrong cursor.
    """
    rows = session.scalars(_selected(query, order, request)).all()
    return cut(
        rows,
        request.limit,
        lambda row: cursor(order.scope, *(getattr(row, column.key) for column in order.columns)),
    )


def read_rows(
    session: Session, query: Select[*tuple[Any, ...]], order: Order, request: PageRequest
) -> Page[tuple[Any, ...]]:
    """Read a page of a query that selects several entities or columns.

    Raise `Invalid` for a wrong cursor.
    """
    placed = query.add_columns(*order.columns)
    rows = [tuple(row) for row in session.execute(_selected(placed, order, request))]
    width = len(order.columns)
    page = cut(rows, request.limit, lambda row: cursor(order.scope, *row[-width:]))
    return page.each(lambda row: row[:-width])


def _selected(query: Select[*Ts], order: Order, request: PageRequest) -> Select[*Ts]:
    columns = order.columns
    if request.cursor is not None:
        kinds = [_READ[column.type.python_type] for column in columns]
        here, after = tuple_(*columns), tuple_(*position(order.scope, request.cursor, *kinds))
        query = query.where(here < after if order.is_descending else here > after)
    ordered = [column.desc() for column in columns] if order.is_descending else columns
    return query.order_by(*ordered).limit(request.limit + 1)


def cut(rows: Sequence[T], limit: int, cursor_after: Callable[[T], str]) -> Page[T]:
    """Return a page of rows that were queried with one more than the limit."""
    items = rows[:limit]
    return Page(items, cursor_after(items[-1]) if len(rows) > limit else None)


def cursor(scope: str, *parts: object) -> str:
    """Return a cursor; `scope` names the list and its order."""
    text = json.dumps([scope, *map(str, parts)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def position(scope: str, text: str, *kinds: Callable[[str], Any]) -> tuple[Any, ...]:
    """Parse a cursor of that scope, with one part per kind. Raise `Invalid` for any other."""
    try:
        named, *parts = _parts(text)
        if named == scope:
            return tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, TypeError, OverflowError, RecursionError):
        pass
    raise Invalid({"cursor": ["This cursor does not belong to this list."]})


def _parts(text: str) -> list[str]:
    padded = text[:_LONGEST] + "=" * (-len(text) % 4)
    parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    # Only text that the database can store: encodable, and without NUL.
    return [part for part in parts if "\0" not in part and part.encode()]
