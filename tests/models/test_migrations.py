"""The migrations are one line of history that ends at what the models say."""

import pytest
from alembic import command
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from tests.conftest import ROOT


@pytest.fixture
def alembic() -> Config:
    return Config(toml_file=ROOT / "pyproject.toml")


def test_the_tables_are_what_the_models_say(database: Engine, alembic: Config) -> None:
    del database
    command.check(alembic)


def test_the_history_is_in_the_order_of_its_numbers_and_has_one_head(alembic: Config) -> None:
    script = ScriptDirectory.from_config(alembic)
    revisions = [revision.revision for revision in reversed(list(script.walk_revisions()))]
    assert all(len(revision) == 4 and revision.isdigit() for revision in revisions)
    assert revisions == sorted(set(revisions))
    # A database from before the first release had numbers below.
    assert revisions[0] == "0101"
    assert len(script.get_heads()) == 1


def test_migrations_only_go_forward(alembic: Config) -> None:
    script = ScriptDirectory.from_config(alembic)
    assert not [each.path for each in script.walk_revisions() if hasattr(each.module, "downgrade")]


def test_a_machine_may_stand_still_for_a_minute_in_the_middle_of_one(
    database: Engine, alembic: Config
) -> None:
    del database
    limits = ("idle_in_transaction_session", "statement", "lock")
    seen: list[str] = []

    def look(_: object, context: MigrationContext) -> list[RevisionStep]:
        assert context.connection
        show = context.connection.exec_driver_sql
        seen.extend(show(f"SHOW {limit}_timeout").scalar_one() for limit in limits)
        return []

    script = ScriptDirectory.from_config(alembic)
    with EnvironmentContext(alembic, script, fn=look):
        script.run_env()
    assert seen == ["1min", "1min", "4s"]


def test_every_shard_has_its_row(database: Engine) -> None:
    with database.connect() as connection:
        rows = connection.execute(text("SELECT shard FROM dispatch_shards ORDER BY shard")).all()
    assert [row.shard for row in rows] == list(range(16))
