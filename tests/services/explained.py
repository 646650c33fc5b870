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
