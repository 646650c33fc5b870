"""A database beside the one of the tests, to migrate back and forth."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, text

from tests.conftest import ROOT


@pytest.fixture
def beside(database: Engine) -> Iterator[Config]:
    """Make a migrated database, and tell how to migrate it."""
    url = database.url.set(database=f"{database.url.database}_beside")
    outside = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {url.database} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {url.database}"))
        config = Config(toml_file=ROOT / "pyproject.toml")
        plain = url.set(drivername="postgresql")
        config.attributes["url"] = plain.render_as_string(hide_password=False)
        command.upgrade(config, "head")
        yield config
        connection.execute(text(f"DROP DATABASE {url.database} WITH (FORCE)"))
    outside.dispose()


@pytest.fixture
def there(beside: Config, database: Engine) -> Iterator[Connection]:
    """Connect to it, each statement a transaction of its own."""
    del beside
    url = database.url.set(database=f"{database.url.database}_beside")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()
