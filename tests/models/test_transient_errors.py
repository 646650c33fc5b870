"""Which errors of a real database pass by waiting, and which of those mean that it does not answer."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from models import transient_errors
from models.session import make_engine


def error_of(work: Callable[[], object]) -> SQLAlchemyError:
    with pytest.raises(SQLAlchemyError) as failed:
        work()
    return failed.value


def meet_a_lock(connection: Connection) -> None:
    connection.execute(text("SET LOCAL lock_timeout = 1"))
    connection.execute(text("LOCK TABLE regions"))


def take_too_long(connection: Connection) -> None:
    connection.execute(text("SET LOCAL statement_timeout = 1"))
    connection.execute(text("SELECT pg_sleep(60)"))


@pytest.mark.parametrize("work", [meet_a_lock, take_too_long])
def test_a_statement_that_met_a_limit_may_succeed_later_on_a_server_that_answers(
    database: Engine, work: Callable[[Connection], None]
) -> None:
    with database.connect() as other, database.connect() as connection:
        other.execute(text("LOCK TABLE regions"))
        error = error_of(lambda: work(connection))
    assert transient_errors.may_pass(error)
    assert not transient_errors.is_unreachable(error)
    assert transient_errors.reason(error) in {"LockNotAvailable", "QueryCanceled"}


def test_a_session_that_was_ended_is_a_server_that_does_not_answer(database: Engine) -> None:
    with database.connect() as other, database.connect() as connection:
        number = connection.scalar(text("SELECT pg_backend_pid()"))
        other.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
        error = error_of(lambda: connection.execute(text("SELECT 1")))
        # A transaction that is broken can only be given up.
        connection.invalidate()
    assert transient_errors.may_pass(error)
    assert transient_errors.is_unreachable(error)


def test_a_server_that_is_not_there_is_named_in_the_words_of_the_driver(tmp_path: Path) -> None:
    engine = make_engine(f"postgresql://postgres@/postgres?host={tmp_path}")
    error = error_of(engine.connect)
    assert transient_errors.may_pass(error)
    assert transient_errors.is_unreachable(error)
    assert transient_errors.reason(error).startswith(
        "OperationalError: connection to server on socket"
    )


@pytest.mark.parametrize("statement", ["SELECT 1 / 0", "SELECT no_such_function()"])
def test_a_mistake_is_none_that_waiting_mends(connection: Connection, statement: str) -> None:
    error = error_of(lambda: connection.execute(text(statement)))
    assert not transient_errors.may_pass(error)
    assert not transient_errors.is_unreachable(error)
