"""Unloads a day's rows from the database: binary COPY into numpy, without parsing single rows."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from services.archive.files.columns import Rows
from services.archive.files.digest import Failure
from services.archive.numbers import SHARDS, slots_of
from services.archive.rows.copying import Copied
from services.archive.rows.parts import Part

_FAILURES_AT_ONCE = 1_000
_LONGEST = "20min"
"""How long one statement may take: a sorted day of a shard with ten million monitors."""

_CHECKS = """
    SELECT monitor_id, slot, organization_id, total_us, region_id, outcome, cause, http_status,
        dns_ms, connect_ms, tls_ms, first_byte_ms, lateness
    FROM check_results
    WHERE slot >= %(low)s AND slot < %(high)s AND organization_id <> ALL(%(erased)s::int[])
"""
_OF_SHARD = " AND organization_id %% %(shards)s = %(shard)s"
_ORDER = " ORDER BY organization_id, monitor_id, slot, region_id"

_FAILURES = """
    SELECT monitor_id, slot, region_id, organization_id, detail, CAST(evidence AS text)
    FROM check_failures
    WHERE slot >= :low AND slot < :high AND organization_id <> ALL(CAST(:erased AS int[]))
"""
_FAILURES_OF_SHARD = text(_FAILURES + " AND organization_id % :shards = :shard" + _ORDER)
_ALL_FAILURES = text(_FAILURES)
_OF_DAY = ("low", "high", "erased")


def begin(session: Session) -> None:
    """Have all that this transaction reads be of one moment, however long it takes."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    session.execute(text(f"SET LOCAL statement_timeout = '{_LONGEST}'"))
    session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{_LONGEST}'"))


def checks(session: Session, part: Part, sink: Callable[[Rows], None]) -> None:
    """Pass the checks of a part to the sink, some at a time; one scan of the day for all shards."""
    query = _CHECKS if part.shard is None else _CHECKS + _OF_SHARD + _ORDER
    _copy(session, query, _parameters(part), sink)


def failures(session: Session, part: Part) -> Iterator[Sequence[Failure]]:
    """Yield the failures of a part, some at a time."""
    parameters = _parameters(part)
    if part.shard is None:
        return _pages(session, _ALL_FAILURES, {name: parameters[name] for name in _OF_DAY})
    return _pages(session, _FAILURES_OF_SHARD, parameters)


def _pages(
    session: Session, query: TextClause, parameters: dict[str, object]
) -> Iterator[Sequence[Failure]]:
    found = session.execute(
        query.execution_options(stream_results=True, yield_per=_FAILURES_AT_ONCE), parameters
    )
    for page in found.partitions():
        yield [Failure(*row) for row in page]


def _parameters(part: Part) -> dict[str, object]:
    low, high = slots_of(part.day)
    return {
        "low": low,
        "high": high,
        "erased": list(part.erased),
        "shards": SHARDS,
        "shard": part.shard,
    }


def _copy(
    session: Session, query: str, parameters: dict[str, object], sink: Callable[[Rows], None]
) -> None:
    # SQLAlchemy has no COPY, so this is the connection of psycopg2 below it.
    connection: Any = session.connection().connection.dbapi_connection
    with connection.cursor() as cursor:
        bound = cursor.mogrify(query, parameters)
        copied = Copied(sink)
        cursor.copy_expert(f"COPY ({bound.decode()}) TO STDOUT (FORMAT binary)", copied)
        copied.finish()
