"""The logins of processes at the embedded Postgres: own names, generated passwords."""

from collections.abc import Mapping
from pathlib import Path

from devstack import keys
from security.login import scram
from services.operations.database_rights import RIGHTS


def passwords(secrets: Path) -> dict[str, str]:
    """Return the password of each component that uses the database."""
    return {name: keys.keep(secrets / f"postgres-{name}", keys.new_password) for name in RIGHTS}


def verifiers(of: Mapping[str, str]) -> str:
    """Return `DOWNTIME_POSTGRES_LOGINS`, from which `downtime migrate` makes the logins."""
    return "\n".join(f"{name} {scram.verifier(password)}" for name, password in of.items())
