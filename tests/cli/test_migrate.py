"""`downtime migrate`, as a process of its own: it may meet any state of the database."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from cli.main import main
from config.settings import load
from models.session import make_engine

COMMAND = [sys.executable, "-m", "cli.main", "migrate"]


@pytest.fixture
def empty(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make an empty database beside the one of the tests, for the command to meet."""
    outside = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.execute(text("CREATE DATABASE migrate_test"))
        there = database.url.set(database="migrate_test", drivername="postgresql")
        url = there.render_as_string(hide_password=False)
        monkeypatch.setenv("DATABASE_URL", url)
        yield url
        connection.execute(text("DROP DATABASE migrate_test WITH (FORCE)"))
    outside.dispose()


def migrate(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [*COMMAND, *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def tables(url: str) -> set[str]:
    engine = make_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_several_at_once_fill_an_empty_database_and_another_run_changes_nothing(empty: str) -> None:
    # They take turns: the first makes the tables and partitions.
    runs = [subprocess.Popen(COMMAND, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [run.communicate(timeout=60)[1] for run in runs]
    assert [(run.returncode, text) for run, text in zip(runs, said, strict=True)] == [(0, "")] * 3
    before = tables(empty)
    assert "monitors" in before
    assert any(name.startswith("check_results_p2") for name in before)
    done = migrate()
    assert (done.returncode, done.stderr) == (0, "")
    assert tables(empty) == before


@pytest.mark.usefixtures("database")
def test_a_database_that_does_not_answer_is_said_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://someone:hunter2@127.0.0.1:1/x")
    done = migrate("--wait-seconds", "0.1")
    assert done.returncode == 1
    assert "The database does not respond:" in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "", "DATABASE_URL must be set"),
        ("DOWNTIME_POSTGRES_LOGINS", "eve hunter2", "must have lines such as"),
    ],
)
@pytest.mark.usefixtures("database")
def test_settings_that_cannot_be_right_are_said_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.setenv(name, value)
    load.cache_clear()
    try:
        assert main(["migrate"]) == 1
    finally:
        monkeypatch.undo()
        load.cache_clear()
    captured = capsys.readouterr()
    assert said in captured.err
    assert "hunter2" not in captured.err


@pytest.mark.parametrize("number", ["0034", "9999"])
def test_a_database_of_another_history_is_left_alone_with_a_sentence(
    empty: str, number: str
) -> None:
    engine = make_engine(empty)
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:number)"), {"number": number})
    engine.dispose()
    done = migrate()
    assert done.returncode == 1
    assert "delete the folder var/" in done.stderr
    assert "Traceback" not in done.stderr
    assert tables(empty) == {"alembic_version"}
