"""The columns of thousands of rows as numpy arrays, in the binary form in which Postgres sends them.

Neither side formats or parses a number, and no object is made of a row.
"""

from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    LargeBinary,
    Select,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from services.analytics.fleet.summing import SECOND, Numbers

FOREVER = np.iinfo(np.int64).max
"""The time that Postgres sends for infinity."""

_EPOCH = 946_684_800 * SECOND
"""Postgres counts from the year 2000 on."""


def read(session: Session, rows: Select[*tuple[Any, ...]]) -> list[Numbers]:
    """Return each column of the rows: numbers as they are, times in µs of unix time or `FOREVER`."""
    columns = list(rows.subquery().c)
    found = session.execute(select(*map(_sent, columns))).one()
    return [
        _times(value) if isinstance(column.type, DateTime) else _numbers(value)
        for column, value in zip(columns, found, strict=True)
    ]


def _sent(column: ColumnElement[Any]) -> ColumnElement[bytes]:
    sent = (
        func.timestamptz_send(column)
        if isinstance(column.type, DateTime)
        else func.int8send(cast(column, BigInteger))
    )
    # All aggregates of a query see its rows in the same order.
    return func.string_agg(sent, literal(b"", LargeBinary))


def _numbers(value: bytes | None) -> Numbers:
    return np.frombuffer(value or b"", ">i8").astype(np.int64)


def _times(value: bytes | None) -> Numbers:
    found = _numbers(value)
    return np.where(found == FOREVER, FOREVER, found + _EPOCH)
