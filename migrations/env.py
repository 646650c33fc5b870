"""Runs migrations so that they cannot hurt a running system."""

import re
import time
from typing import Any

from alembic import context
from sqlalchemy import Connection, String, TypeDecorator, text
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from config.settings import load
from models import Base
from models.session import make_engine
from models.types import Byte

_ADVISORY_LOCK = 7_203_114
_PAUSE_SECONDS = 0.2
_PARTITION = re.compile(r"^(check_results|check_failures|monitor_hours)_(p\d{8}|default)$")


def _is_ours(_item: SchemaItem, name: str | None, type_: str, *_: object) -> bool:
    """Leave the day partitions alone: they are made and dropped by a periodic task."""
    return not (type_ == "table" and _PARTITION.match(name or ""))


def _is_other_type(
    _context: object,
    _inspected: object,
    _column: object,
    inspected_type: TypeEngine[Any],
    metadata_type: TypeEngine[Any],
) -> bool | None:
    """Compare what Alembic cannot: the type "char" is reported as a text of any length."""
    if isinstance(metadata_type, TypeDecorator) and isinstance(metadata_type.impl_instance, Byte):
        return type(inspected_type) is not String
    return None


def _wait_for_others(connection: Connection) -> None:
    """Let one of several deployments at once migrate, without a statement that waits.

    An index that is made concurrently waits for the statements of others, and so for who waits for it.
    """
    lock = text("SELECT pg_try_advisory_lock(:key)").bindparams(key=_ADVISORY_LOCK)
    while not connection.scalar(lock):
        connection.commit()
        time.sleep(_PAUSE_SECONDS)
    connection.commit()


def _set_limits(connection: Connection) -> None:
    # A lock that old code holds is not waited for long.
    connection.execute(text("SET lock_timeout = '4s'"))
    # A statement may take long, and a machine may stand still for a while.
    connection.execute(text("SET statement_timeout = '60s'"))
    connection.execute(text("SET idle_in_transaction_session_timeout = '60s'"))
    connection.commit()


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=_is_ours,
        transaction_per_migration=True,
        compare_type=_is_other_type,
    )
    with context.begin_transaction():
        context.run_migrations()


def _run() -> None:
    url = context.config.attributes.get("url") or load().database_url.get_secret_value()
    engine = make_engine(url, pool_size=1)
    try:
        with engine.connect() as connection:
            _set_limits(connection)
            _wait_for_others(connection)
            _migrate(connection)
    finally:
        # The turn ends with the connection.
        engine.dispose()


_run()
