"""The operator learns that days do not reach the archive, before the disk of the database is full."""

from datetime import timedelta

from sqlalchemy.orm import Session

from domain.health import judge
from models.session import engine
from services.operations import health, system_counts
from tests.services.archive.world import END, FIRST, World, moment, row, store


def test_a_day_with_checks_that_is_not_archived_makes_the_archive_unhealthy(world: World) -> None:
    now = moment(END) + timedelta(hours=30)

    def lag() -> float:
        # The API asks, which sees rows of no organization by itself.
        with Session(engine("downtime_api")) as session:
            return system_counts.unarchived_seconds(session, now=now)

    def problem(*, is_archiving: bool) -> str | None:
        with world.owning() as session:
            found = health.metrics(session, now=now, is_archiving=is_archiving)
        return next(part.problem for part in judge(found) if part.name == "archive")

    (monitor,) = world.monitors(1)
    # A day without checks is not missed by anybody.
    assert lag() == 0
    with world.owning() as session:
        store(session, [row(monitor, END - 60)])
    assert lag() == 30 * 3600
    assert problem(is_archiving=True) == ("A day of checks ended 30 h ago and is not archived yet.")
    assert problem(is_archiving=False) is None
    world.seal(FIRST)
    assert (lag(), problem(is_archiving=True)) == (0, None)
