"""`downtime archive`: what the task has archived is verified, restored and rebuilt by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cli.main import main
from config.settings import load
from models.session import engine
from tests.services.archive.world import FIRST, ROLE, World


@pytest.fixture
def world(committed: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(committed, tmp_path)
    monkeypatch.setenv("DOWNTIME_ARCHIVE_URL", world.objects.as_uri())
    load.cache_clear()
    yield world
    load.cache_clear()
    engine(ROLE).dispose()
    with committed.begin() as connection:
        for table in ("check_results", "check_failures"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}_p{FIRST:%Y%m%d}"))


def test_a_day_that_the_task_archived_is_looked_after(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    from tasks.archive import sweep_archive, work_on_archive  # noqa: PLC0415 - reads the settings

    world.filled()
    # Checks are kept for longer than since then; the task would remove them from the archive, too.
    kept = world.found()
    with pytest.MonkeyPatch.context() as longer:
        longer.setenv("DOWNTIME_CHECK_RETENTION_DAYS", "100000")
        load.cache_clear()
        while world.count():
            work_on_archive()
        sweep_archive()
        assert main(["archive", "status"]) == 0
        assert "Checks: 864" in capsys.readouterr().out
        assert main(["archive", "verify"]) == 0
        assert main(["archive", "restore", "--day", str(FIRST)]) == 0
        assert f"864 checks of {FIRST}" in capsys.readouterr().out
        assert world.count() == 864
        assert main(["archive", "restore", "--day", str(FIRST)]) == 1
        assert "restored already" in capsys.readouterr().err
        assert main(["archive", "rebuild-catalogue"]) == 0
        assert main(["archive", "sweep"]) == 0
        assert world.found() == kept
        next(world.objects.glob("days/*/*")).unlink()
        assert main(["archive", "verify"]) == 1
        assert "is missing." in capsys.readouterr().err


def test_without_an_archive_it_says_so(
    database: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del database
    monkeypatch.setenv("DOWNTIME_ARCHIVE_URL", "none")
    load.cache_clear()
    assert main(["archive", "status"]) == 1
    assert "There is no archive" in capsys.readouterr().err
    load.cache_clear()
    with pytest.raises(SystemExit):
        main(["archive", "restore"])
    assert "--day" in capsys.readouterr().err
    load.cache_clear()
