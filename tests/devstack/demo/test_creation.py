"""The demo is made once, in an empty database, with few statements."""

from datetime import UTC, datetime

from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from devstack.demo.addresses import FLAPPING
from models import Monitor
from services.accounts import accounts
from tests.devstack.demo.made import PASSWORD, URLS, ensure

JOBS = {"nightly-backup", "invoice-export"}
FEW_STATEMENTS = 600


def test_an_empty_database_gets_the_demo_with_few_statements(
    session: Session, connection: Connection
) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    ensure(session)
    event.remove(connection, "before_cursor_execute", note)
    assert len(statements) < FEW_STATEMENTS
    assert _names(session) == {*URLS, *JOBS}


def test_a_server_that_is_not_here_is_not_monitored(session: Session) -> None:
    ensure(session, {FLAPPING: "http://127.0.0.1:8081"})
    assert _names(session) == {FLAPPING, *JOBS}


def test_a_database_that_is_in_use_gets_no_demo(session: Session) -> None:
    accounts.register(
        session,
        email="ann@example.com",
        password=PASSWORD,
        organization_name="Shop",
        now=datetime.now(UTC),
    )
    ensure(session)
    assert _names(session) == set()


def _names(session: Session) -> set[str]:
    return set(session.scalars(select(Monitor.name)))
