"""The login of the API itself, as whoever sends statements of their own would use it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models import Monitor
from models.session import act_for
from services.operations.database_rights import RIGHTS
from tests.isolation.conftest import Two
from tests.isolation.test_catalogue import ROLES

_NAME = "api_login_test"
_TENANT_TABLES = text("""
    SELECT relname FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND (relname = 'organizations' OR EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'organization_id'))
""")
AT_THE_DOOR = {"organizations", "memberships", "refresh_tokens"}
"""What these two organizations have of what is read before it is known who asks."""


@pytest.fixture
def login(committed: Engine) -> Iterator[Engine]:
    """Log in with the rights of the API, and act as nobody else from the start."""
    roles = ", ".join(RIGHTS["api"])
    with create_engine(committed.url, isolation_level="AUTOCOMMIT").connect() as administrator:
        administrator.execute(text(f"DROP ROLE IF EXISTS {_NAME}"))
        administrator.execute(text(f"CREATE ROLE {_NAME} LOGIN PASSWORD 'x' IN ROLE {roles}"))
        engine = create_engine(committed.url.set(username=_NAME, password="x"))
        yield engine
        engine.dispose()
        administrator.execute(text(f"DROP ROLE {_NAME}"))
        administrator.engine.dispose()


def reachable(login: Engine) -> set[str]:
    """Return as whom the login can act."""
    found = set()
    with Session(login) as session:
        for role in session.scalars(text("SELECT rolname FROM pg_roles")).all():
            try:
                with session.begin_nested():
                    session.execute(text(f'SET LOCAL ROLE "{role}"'))
                    found.add(role)
                    session.execute(text("RESET ROLE"))
            except DBAPIError:
                pass
    return found


@pytest.mark.abuse(90)
def test_it_becomes_nobody_but_the_roles_of_the_api_and_of_its_operators(login: Engine) -> None:
    own = {"downtime_api", "downtime_operator"}
    assert reachable(login) == {_NAME, *own}
    assert not reachable(login) & (set(ROLES) - own)


@pytest.mark.abuse(90)
@pytest.mark.parametrize("role", [None, "downtime_api"])
def test_it_sees_the_rows_of_one_organization_or_none_whoever_it_acts_as(
    login: Engine, two: Two, committed: Engine, role: str | None
) -> None:
    for client in (two.mine, two.theirs):
        client.make_monitor(name="Shop")
        email = [{"kind": "email", "address": "olga@example.test"}]
        client.make("contacts", name="Olga", channels=email)
    with Session(committed) as session:
        (mine, _) = session.query(Monitor.organization_id).order_by(Monitor.id).all()
    with Session(login) as session:
        if role is not None:
            session.execute(text(f"SET ROLE {role}"))
        tables = session.scalars(_TENANT_TABLES).all()
        assert {each for each in tables if rows(session, each)} == AT_THE_DOOR
        act_for(session, mine[0])
        counted = {table: rows(session, table) for table in tables}
        assert (counted["monitors"], counted["channels"], counted["organizations"]) == (1, 1, 1)
        assert counted.pop("audit_entries") == 2
        assert max(counted.values()) == 1


def rows(session: Session, table: str) -> int:
    return int(session.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())


@pytest.mark.abuse(90)
def test_what_it_counts_of_all_organizations_names_nobody(login: Engine, two: Two) -> None:
    two.mine.make_monitor(name="secret-name")
    two.theirs.make_monitor(name="secret-name", url="https://secret-place.test/")
    counts = (
        "count_monitors(now())",
        "count_states()",
        "count_own_failures()",
        "count_unknown()",
        "count_deliveries()",
        "count_unknown_slots(0)",
        "count_stray_rows()",
        "deliveries_waiting_since(now(), now())",
        "silent_regions('infinity')",
    )
    with Session(login) as session:
        answers = {each: session.execute(text(f"SELECT * FROM {each}")).all() for each in counts}
    assert [tuple(row) for row in answers["count_states()"]] == [("pending", 2)]
    assert "secret" not in str(answers)
