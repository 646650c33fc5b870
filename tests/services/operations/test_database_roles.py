"""Logins of components: made, renewed, and kept from rights that are not theirs."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from security.login import scram
from services.operations import database_roles
from services.operations.database_rights import RIGHTS

_RIGHTS = text("""
    SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid
    WHERE m.member = to_regrole(:name)
""")
_ABOUT = text("""
    SELECT rolcanlogin, rolpassword, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb
    FROM pg_authid WHERE rolname = :name
""")


def rights(session: Session, name: str) -> set[str]:
    return set(session.scalars(_RIGHTS, {"name": name}))


def dedup_key(session: Session, name: str) -> tuple[object, ...]:
    return tuple(session.execute(_ABOUT, {"name": name}).one())


@pytest.mark.parametrize("name", RIGHTS)
def test_a_login_has_its_rights_and_a_password_that_nobody_reads(
    session: Session, name: str
) -> None:
    verifier = scram.verifier("secret")
    database_roles.make(session, {name: verifier})
    assert dedup_key(session, name) == (True, verifier, False)
    assert rights(session, name) == set(RIGHTS[name])


def test_a_second_run_renews_the_password_and_takes_away_what_is_too_much(session: Session) -> None:
    database_roles.make(session, {"checks": scram.verifier("first")})
    session.execute(text("GRANT downtime_housekeeping, downtime_api TO checks"))
    session.execute(text("ALTER ROLE checks CREATEROLE"))
    renewed = scram.verifier("second")
    database_roles.make(session, {"checks": renewed})
    assert dedup_key(session, "checks") == (True, renewed, False)
    assert rights(session, "checks") == {"downtime_checks"}


def test_who_made_the_roles_needs_to_be_no_superuser(session: Session) -> None:
    roles = ", ".join(role for rights in RIGHTS.values() for role in rights)
    session.execute(text("CREATE ROLE keeper CREATEROLE"))
    session.execute(text(f"GRANT {roles} TO keeper WITH ADMIN OPTION"))
    session.execute(text("SET ROLE keeper"))
    for password in ("first", "second"):
        verifiers = {name: scram.verifier(password) for name in RIGHTS}
        database_roles.make(session, verifiers)
    session.execute(text("RESET ROLE"))
    assert all(rights(session, name) == set(RIGHTS[name]) for name in RIGHTS)
    assert dedup_key(session, "checks") == (True, verifiers["checks"], False)


def test_lines_are_read_as_they_are_written() -> None:
    verifiers = {name: scram.verifier("secret") for name in ("api", "checks")}
    lines = "".join(f"{name} {verifier}\n" for name, verifier in verifiers.items())
    assert database_roles.parse(lines) == verifiers
    assert database_roles.parse("") == {}


@pytest.mark.parametrize(
    "line",
    ["api", "api secret", "eve SCRAM-SHA-256$x", "postgres SCRAM-SHA-256$x", "SCRAM-SHA-256$x"],
)
def test_other_lines_are_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(ValueError, match="must have lines such as") as refused:
        database_roles.parse(line)
    assert "secret" not in str(refused.value)
