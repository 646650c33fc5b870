"""Who logs in to the embedded Postgres: each process by a name of its own, with just its rights.

Migration 0020 says what the roles may that are granted here.
"""

from collections.abc import Mapping
from pathlib import Path

import psycopg2
from psycopg2 import sql
from sqlalchemy import make_url

from devstack import keys

RIGHTS: Mapping[str, tuple[str, ...]] = {
    "api": ("downtime_api", "downtime_figures"),
    "dispatch": ("downtime_worker",),
    "checks": ("downtime_worker",),
    "notifications": ("downtime_worker",),
    "maintenance": ("downtime_worker",),
    "exports": ("downtime_worker",),
    # These ask the database nothing.
    "beat": (),
    "flower": (),
}


def make(owner_url: str, secrets: Path) -> dict[str, str]:
    """Make or renew the login of each component; return the addresses by which they come in."""
    passwords = {
        name: keys.keep(secrets / f"postgres-{name}", keys.new_password) for name in RIGHTS
    }
    connection = psycopg2.connect(owner_url)
    try:
        with connection, connection.cursor() as cursor:
            for name, rights in RIGHTS.items():
                _make(cursor, name, passwords[name], rights)
    finally:
        connection.close()
    url = make_url(owner_url)
    return {
        name: url.set(username=name, password=password).render_as_string(hide_password=False)
        for name, password in passwords.items()
    }


def _make(
    cursor: psycopg2.extensions.cursor, name: str, password: str, rights: tuple[str, ...]
) -> None:
    cursor.execute("SELECT to_regrole(%s) IS NULL", [name])
    (is_missing,) = cursor.fetchone() or (True,)
    verb = sql.SQL("CREATE" if is_missing else "ALTER")
    login = sql.Identifier(name)
    cursor.execute(
        sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(
            verb, login, sql.Literal(password)
        )
    )
    for right in rights:
        cursor.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(right), login))
