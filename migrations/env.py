"""Runs migrations so that they cannot hurt a running system."""

import re

from alembic import context
from sqlalchemy import text
from sqlalchemy.schema import SchemaItem

from config.settings import load
from models import Base
from models.session import make_engine

_ADVISORY_LOCK = 7_203_114
_PARTITION = re.compile(r"^check_(results|failures)_(p\d{8}|default)$")


def _is_ours(_item: SchemaItem, name: str | None, type_: str, *_: object) -> bool:
    """Leave the day partitions alone: they are made and dropped by a periodic task."""
    return not (type_ == "table" and _PARTITION.match(name or ""))


def _run() -> None:
    url = context.config.attributes.get("url") or load().database_url.get_secret_value()
    engine = make_engine(url, pool_size=1)
    with engine.connect() as connection:
        # Two deployments at once take turns; a lock that old code holds is not waited for long.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_LOCK})
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.execute(text("SET statement_timeout = '60s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=_is_ours,
            transaction_per_migration=True,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


_run()
