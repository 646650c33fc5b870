"""The embedded Postgres: its data, its ends, and what a killed one leaves behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from devstack.errors import NotReadyError
from devstack.servers import server_user
from devstack.servers.postgres import Postgres
from tests.devstack.eventually import eventually


@pytest.fixture
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="downtime-test-") as name:
        yield Path(name)


@pytest.fixture
def postgres(directory: Path) -> Iterator[Postgres]:
    server = Postgres(directory / "postgres", durable=False)
    yield server
    server.stop("immediate")


def ask(postgres: Postgres, query: str) -> object:
    connection = psycopg2.connect(postgres.url())
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None
    finally:
        connection.close()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_its_data_survive_a_restart(postgres: Postgres, mode: str) -> None:
    ask(postgres, "CREATE TABLE kept AS SELECT 7 AS number")
    postgres.restart(mode)
    assert ask(postgres, "SELECT number FROM kept") == 7


def test_its_data_survive_a_kill_after_which_it_comes_back_by_itself(postgres: Postgres) -> None:
    ask(postgres, "CREATE TABLE kept AS SELECT 7 AS number")
    killed = postgres.process.pid
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: postgres.process.pid != killed)
    postgres.start()
    assert ask(postgres, "SELECT number FROM kept") == 7


def test_it_listens_on_no_port(postgres: Postgres) -> None:
    assert ask(postgres, "SHOW listen_addresses") == ""


def test_text_is_unicode_whatever_the_machine_speaks(postgres: Postgres) -> None:
    assert ask(postgres, "SHOW server_encoding") == "UTF8"
    assert ask(postgres, "SELECT upper('straße ü') LIKE '%Ü'") is True


def test_the_lock_file_of_a_server_that_is_gone_is_no_obstacle(
    postgres: Postgres, directory: Path
) -> None:
    postgres.stop()
    # The number now belongs to another process of ours, which Postgres would take for the server.
    (directory / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    postgres.start()
    assert ask(postgres, "SELECT 1") == 1


def test_a_lock_file_that_makes_no_sense_is_no_obstacle(
    postgres: Postgres, directory: Path
) -> None:
    postgres.stop()
    (directory / "postgres" / "postmaster.pid").write_text("")
    postgres.start()
    assert ask(postgres, "SELECT 1") == 1


def test_a_server_that_another_run_left_is_ended_first(postgres: Postgres, directory: Path) -> None:
    successor = Postgres(directory / "postgres", durable=False)
    postgres.process.kill()
    try:
        assert ask(successor, "SELECT 1") == 1
    finally:
        successor.stop("immediate")


def test_a_lock_of_its_socket_that_was_left_behind_is_no_obstacle(
    postgres: Postgres, directory: Path
) -> None:
    postgres.stop()
    with subprocess.Popen(["sleep", "60"], user=server_user.find()) as stranger:
        # The number now belongs to a process of the user that runs the server.
        (directory / "postgres" / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n")
        postgres.start()
        stranger.kill()
    assert ask(postgres, "SELECT 1") == 1


@pytest.mark.parametrize("killed", ["group", "parent"])
def test_one_that_was_killed_while_its_files_were_made_is_made_by_the_next_start(
    directory: Path, killed: str
) -> None:
    program = f"""
from pathlib import Path
from devstack.servers.postgres import Postgres
Postgres(Path({str(directory / "postgres")!r}), durable=False)
"""
    with subprocess.Popen([sys.executable, "-c", program], start_new_session=True) as first:
        # It is written early, and then there is no database yet for most of a second.
        eventually(lambda: [*directory.rglob("PG_VERSION")])
        if killed == "group":
            os.killpg(first.pid, signal.SIGKILL)
        else:
            first.kill()
    second = Postgres(directory / "postgres", durable=False)
    try:
        assert ask(second, "SELECT 1") == 1
    finally:
        second.stop("immediate")
    # What a dying initdb still added goes with the start after that.
    Postgres(directory / "postgres", durable=False).stop("immediate")
    assert {path.name for path in directory.iterdir()} == {"postgres", "postgres.log"}


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        ("global/pg_control", "could not find the database system"),
        ("global/pg_filenode.map", 'could not open file "global/pg_filenode.map"'),
        ("base/5", 'database "postgres" does not exist'),
    ],
)
def test_damaged_files_are_named_with_what_to_do(
    postgres: Postgres, directory: Path, lost: str, reason: str
) -> None:
    postgres.stop()
    damaged = directory / "postgres"
    gone = damaged / lost
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    with pytest.raises(NotReadyError) as failed:
        Postgres(damaged, durable=False)
    notified = str(failed.value)
    assert notified.startswith(f"Postgres cannot run on {damaged}: ")
    assert reason in notified
    assert "restore it from a backup, or move it away" in notified


def test_a_folder_with_something_else_in_it_is_left_alone(directory: Path) -> None:
    (directory / "postgres").mkdir()
    (directory / "postgres" / "notes.txt").write_text("mine")
    with pytest.raises(NotReadyError, match="Move it away"):
        Postgres(directory / "postgres", durable=False)
    assert (directory / "postgres" / "notes.txt").read_text() == "mine"


def test_a_path_too_deep_for_a_socket_is_served_elsewhere(temporary: Path) -> None:
    postgres = Postgres(temporary / ("deep" * 25) / "postgres", durable=False)
    try:
        assert ask(postgres, "SELECT 1") == 1
        postgres.restart()
        assert ask(postgres, "SELECT 1") == 1
    finally:
        postgres.stop("immediate")


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody else needs another user to run it")
def test_root_lets_the_server_pass_a_private_directory_but_not_list_it(
    postgres: Postgres, directory: Path
) -> None:
    assert ask(postgres, "SELECT 1") == 1
    assert directory.stat().st_mode & 0o077 == 0o001
    assert (directory / "postgres").stat().st_mode & 0o077 == 0
