"""Each component has the rights to what it does, and to nothing else; docs/development/isolation.md says which."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from security.vault import KeyRing
from services import data_keys
from services.operations import signing_keys
from services.operations.database_rights import RIGHTS
from tests.factories.credentials import credential
from tests.factories.keys import K1, K2
from tests.factories.organizations import organization
from tests.isolation.acting import As
from tests.isolation.refused import NOBODY, NOT_THESE
from tests.isolation.test_catalogue import WORKERS, names

_GRANTED = """
    SELECT r.rolname || ': ' || c.relname
    FROM pg_roles r CROSS JOIN pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND r.rolname = '{role}'
        AND has_table_privilege(r.oid, c.oid, '{rights}') AND {where}
"""


def granted(
    database: Engine, role: str, rights: str, where: str = "c.relkind IN ('r', 'p')"
) -> set[str]:
    found = names(database, _GRANTED.format(role=role, rights=rights, where=where))
    return {each.partition(": ")[2] for each in found}


@pytest.mark.parametrize("component", NOT_THESE)
def test_a_component_is_refused_what_is_not_its_business(acting: As, component: str) -> None:
    (role, *_) = RIGHTS[component]
    with acting(role) as session:
        for statement in (*NOBODY, *NOT_THESE[component]):
            with (
                pytest.raises(ProgrammingError, match=r"permission denied|must be"),
                session.begin_nested(),
            ):
                session.execute(text(statement))


def test_what_shows_all_rows_is_a_right_to_no_table(database: Engine) -> None:
    """Members have it, so whatever it had, all workers would have."""
    everything = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER"
    assert granted(database, "downtime_worker", everything) == set()


@pytest.mark.parametrize("role", WORKERS)
def test_a_worker_changes_nothing_of_people_and_of_what_they_set_up(
    database: Engine, role: str
) -> None:
    of_users = "c.relname IN ('users', 'memberships', 'organizations', 'monitors', 'contacts',"
    of_users += " 'contact_groups', 'credentials', 'api_keys', 'service_accounts', 'recipients')"
    # To forget what is over is the business of housekeeping.
    rights = "INSERT, UPDATE" if role == "downtime_housekeeping" else "INSERT, UPDATE, DELETE"
    assert granted(database, role, rights, of_users) == set()


@pytest.mark.parametrize("role", WORKERS)
def test_a_worker_reads_no_secret_of_people_and_machines(database: Engine, role: str) -> None:
    secret = "c.relname IN ('users', 'api_keys', 'service_accounts', 'pings', 'alembic_version')"
    assert granted(database, role, "SELECT", secret) == set()


def test_the_rights_of_logins_are_roles_that_there_are(database: Engine) -> None:
    wanted = {role for rights in RIGHTS.values() for role in rights}
    roles = names(database, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'downtime\\_%'")
    assert wanted <= roles
    assert set(WORKERS) < wanted


@pytest.mark.parametrize("role", WORKERS)
def test_a_worker_can_act_as_no_other(database: Engine, role: str) -> None:
    others = f"SELECT rolname FROM pg_roles WHERE rolname <> '{role}' AND rolname LIKE 'downtime%'"
    members = f"{others} AND pg_has_role('{role}', oid, 'MEMBER')"
    assert names(database, members) == {"downtime_worker"}


def test_the_keys_of_others_are_wrapped_anew_with_the_rights_of_housekeeping(
    committed: Engine, acting: As
) -> None:
    now = datetime.now(UTC)
    with Session(committed) as session, session.begin():
        credential(session, organization(session).id, now=now)
    ring = KeyRing.parse(f"{K2},{K1}")
    with acting("downtime_housekeeping") as session:
        assert data_keys.rewrap(session, ring=ring) == 1
        assert signing_keys.rewrap(session, ring=ring) == 0
