"""Migrate the database to the current schema, and create the partitions of the coming days.

With DOWNTIME_POSTGRES_LOGINS it also creates or renews the login of each component. It waits for
the database, may run any number of times, and concurrent runs wait for each other.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from alembic import command as alembic
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError

import migrations
from config.settings import load
from models.session import engine, session_scope
from services.operations import database_roles, partitions

_PAUSE_SECONDS = 0.5
_OTHER_HISTORY = (
    "This database is from a version before 0.1.0, or after this one, and cannot be migrated."
    " Start with an empty database: for `make run`, delete the folder var/."
)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="downtime migrate", description=__doc__)
    parser.add_argument("--wait-seconds", type=float, default=60, help="for the database")
    arguments = parser.parse_args(argv)
    try:
        load().need("database_url")
        verifiers = database_roles.parse(load().postgres_logins.get_secret_value())
        _wait(arguments.wait_seconds)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        print(f"The database does not respond: {reason}", file=sys.stderr)
        return 1
    configuration = Config()
    configuration.set_main_option("script_location", migrations.__path__[0].replace("%", "%%"))
    try:
        alembic.upgrade(configuration, "head")
    except CommandError as error:
        # The only revision that it does not know is one of another history.
        print(f"{_OTHER_HISTORY} ({error})", file=sys.stderr)
        return 1
    with session_scope() as session:
        partitions.ensure(session, now=datetime.now(UTC))
        database_roles.make(session, verifiers)
    engine().dispose()
    print("The database is up to date.")
    return 0


def _wait(seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            engine().connect().close()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
