"""Postgres logins: each component has its own, with only its rights.

`services/operations/database_rights.py` names the roles that are granted here.
"""

from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from security.login import scram
from services.operations.database_rights import RIGHTS

# Only a superuser may mention the other attributes; a new role has none of them.
_LOGIN = "LOGIN NOCREATEROLE"
_MADE = text(f"""
    SELECT format('%s ROLE %I {_LOGIN} PASSWORD %L',
        CASE WHEN to_regrole(:name) IS NULL THEN 'CREATE' ELSE 'ALTER' END,
        CAST(:name AS text), CAST(:verifier AS text))
""")
_TAKEN = text("""
    SELECT format('REVOKE %I FROM %I', rolname, CAST(:name AS text))
    FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = roleid
    WHERE member = to_regrole(:name) AND rolname <> ALL (:rights)
""")
_GIVEN = text("""
    SELECT format('GRANT %I TO %I', role, CAST(:name AS text)) FROM unnest(:rights) AS role
""")


def make(session: Session, verifiers: Mapping[str, str]) -> None:
    """Create or renew the logins of these components, with their rights and no others.

    A verifier stands for the password (security/login/scram.py).
    """
    for name, verifier in verifiers.items():
        values = {"name": name, "verifier": verifier, "rights": list(RIGHTS[name])}
        for statement in (_MADE, _TAKEN, _GIVEN):
            for command in session.scalars(statement, values).all():
                session.connection().exec_driver_sql(command)


def parse(lines: str) -> dict[str, str]:
    """Parse lines of a component and its verifier. Raise `ValueError` for any other line."""
    pairs = [line.partition(" ") for line in lines.splitlines()]
    if not all(name in RIGHTS and word.startswith(scram.METHOD) for name, _, word in pairs):
        raise ValueError("DOWNTIME_POSTGRES_LOGINS must have lines such as `api SCRAM-SHA-256$…`.")
    return {name: verifier for name, _, verifier in pairs}
