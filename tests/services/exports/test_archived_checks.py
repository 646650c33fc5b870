"""An export of checks has those of the archive among those of the database, each once."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models import Monitor
from models.session import engine
from services.archive.rows import lookup
from services.archive.rows.reading import NeedsArchive
from services.exports import checks
from services.exports.documents import Row
from services.exports.sources import Position, Scope
from services.time_range import Window
from tests.services.archive.world import BEGIN, END, ROLE, World, moment, row, store


def exported(world: World, monitors: Sequence[Monitor]) -> list[Row]:
    """Read all pages as a worker does, with its rights."""
    scope = Scope(
        organization_id=monitors[0].organization_id,
        window=Window(moment(BEGIN), moment(END + 3600)),
        monitor_ids=None,
    )
    rows: list[Row] = []
    after: Position | None = None
    while True:
        try:
            with Session(engine("downtime_exports")) as session, session.begin():
                page = checks.page(session, scope, after, now=moment(END))
        except NeedsArchive as needed:
            for each in needed.wanted:
                scope.archived[each] = lookup.checks_of(world.store, each)
            continue
        rows += page.rows
        after = page.after
        if after is None:
            return rows


def test_an_export_is_the_same_before_and_after_days_are_dropped(
    committed: Engine, tmp_path: Path
) -> None:
    world = World(committed, tmp_path)
    monitors = world.filled()
    with world.owning() as session:
        store(session, [row(monitors[0], END + number) for number in range(5)])
    before = exported(world, monitors)
    assert len(before) == 2 * 144 + 5
    world.finish()
    assert world.count() == 0
    assert exported(world, monitors) == before
    for role in (ROLE, "downtime_exports"):
        engine(role).dispose()
