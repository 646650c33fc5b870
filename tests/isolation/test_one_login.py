"""One login for everything, which is no superuser and may make no roles."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from models.session import make_engine
from tests.conftest import ROOT
from tests.isolation.test_catalogue import ROLES

_NAME = "one_login_test"
_END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = :name"


@pytest.fixture
def administrator(database: Engine) -> Iterator[Engine]:
    """Make the login and its database on the server of the tests, and take them away again."""
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
    drop = (f"DROP DATABASE IF EXISTS {_NAME} WITH (FORCE)", f"DROP ROLE IF EXISTS {_NAME}")
    make = (f"CREATE ROLE {_NAME} LOGIN PASSWORD 'x'", f"CREATE DATABASE {_NAME} OWNER {_NAME}")
    with engine.connect() as connection:
        for statement in (*drop, *make):
            connection.execute(text(statement))
        yield engine
        for statement in drop:
            connection.execute(text(statement))
    engine.dispose()


def test_it_is_told_what_it_lacks_and_then_is_walled_in_like_others(administrator: Engine) -> None:
    url = make_url(administrator.url).set(username=_NAME, password="x", database=_NAME)
    address = url.render_as_string(hide_password=False)
    alembic = Config(toml_file=ROOT / "pyproject.toml")
    alembic.attributes["url"] = address
    with pytest.raises(DBAPIError, match=f"GRANT downtime_api TO {_NAME}"):
        command.upgrade(alembic, "head")
    with administrator.connect() as connection:
        # As if the process had ended, which it does on that.
        connection.execute(text(_END), {"name": _NAME})
        connection.execute(text(f"GRANT {', '.join(ROLES)} TO {_NAME}"))
    command.upgrade(alembic, "head")
    assert _add_an_organization(address) == 1
    assert _strays(address) == 1


def _strays(url: str) -> int:
    """Write a row outside of all days as who made the tables, and have it counted by the API."""
    owner, api = (make_engine(url, pool_size=1, role=role) for role in (None, "downtime_api"))
    try:
        with owner.begin() as connection:
            connection.execute(
                text("""
                    INSERT INTO check_results (monitor_id, slot, organization_id, total_us, region_id,
                        outcome, cause, http_status, dns_ms, connect_ms, tls_ms, first_byte_ms)
                    SELECT 1, 1, id, 0, 1, CAST(1 AS "char"), CAST(0 AS "char"), 0, 0, 0, 0, 0
                    FROM organizations
                """)
            )
        with api.begin() as connection:
            return int(connection.execute(text("SELECT count_stray_rows()")).scalar_one())
    finally:
        owner.dispose()
        api.dispose()


def _add_an_organization(url: str) -> int:
    """Add one, and return how many of all rows the login sees on behalf of nobody."""
    engine = make_engine(url, pool_size=1)
    try:
        with engine.begin() as connection:
            one = "INSERT INTO organizations (public_id, name) VALUES (gen_random_uuid(), 'A')"
            connection.execute(text(one))
            return int(connection.execute(text("SELECT count(*) FROM organizations")).scalar_one())
    finally:
        engine.dispose()
