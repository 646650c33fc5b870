"""How the database finds what a piece of work asks for."""

from collections.abc import Callable

from sqlalchemy import Connection, event


def explained(
    connection: Connection, work: Callable[[], object], of: str, *, options: str = ""
) -> list[str]:
    """Do the work, and return the plans of its statements that have `of` in their text."""
    seen: list[tuple[str, dict[str, object]]] = []

    def note(_: object, __: object, sql: str, parameters: dict[str, object], *___: object) -> None:
        if of in sql:
            seen.append((sql, parameters))

    event.listen(connection, "before_cursor_execute", note)
    work()
    event.remove(connection, "before_cursor_execute", note)
    plans = []
    for sql, parameters in seen:
        rows = connection.exec_driver_sql(f"EXPLAIN {options} {sql}", parameters).scalars()
        plans.append("\n".join(rows))
    return plans


def without(connection: Connection, *ways: str) -> None:
    """Take ways from the planner, until the transaction ends: where there are few rows any is good."""
    for way in ways:
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")


def uncounted(connection: Connection, *tables: str) -> None:
    """Take what the planner knows of tables, until the transaction ends.

    An autovacuum may have counted their rows when an earlier test had others.
    """
    for table in tables:
        connection.exec_driver_sql(f"DELETE FROM pg_statistic WHERE starelid = '{table}'::regclass")
        connection.exec_driver_sql(
            f"UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE oid = '{table}'::regclass"
        )
