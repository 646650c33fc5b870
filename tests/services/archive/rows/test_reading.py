"""One cursor leads through the database and the archive: each slot exactly once, whatever happens."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY
from domain.evaluation.outcome import Outcome
from models import ArchiveDay, ArchiveLate, Monitor
from models.session import act_for, engine
from services.analytics import check_log
from services.analytics.check_log import Check, CheckFilter
from services.archive.numbers import shard_of
from services.archive.rows import lookup
from services.archive.rows.reading import Archived, NeedsArchive
from services.pagination import PageRequest
from tests.services.archive.world import BEGIN, END, FIRST, World, moment, row, store

NOW = moment(BEGIN + 30 * DAY)


def page(
    world: World, monitor: Monitor, wanted: CheckFilter, request: PageRequest
) -> tuple[list[Check], str | None]:
    """Read a page as the API does: with its rights, and the archive outside of transactions."""
    archived: Archived = {}
    while True:
        try:
            with Session(engine("downtime_api")) as session, session.begin():
                act_for(session, monitor.organization_id)
                found = check_log.page(
                    session, monitor, wanted, request, now=NOW, archived=archived
                )
                return list(found.items), found.next_cursor
        except NeedsArchive as needed:
            for each in needed.wanted:
                archived[each] = lookup.checks_of(world.store, each)


def every(
    world: World,
    monitor: Monitor,
    wanted: CheckFilter | None = None,
    *,
    limit: int = 50,
    between: Callable[[], None] = lambda: None,
) -> list[Check]:
    """Follow the cursor to its end; `between` happens after each page."""
    checks: list[Check] = []
    cursor = None
    while True:
        request = PageRequest(limit=limit, cursor=cursor)
        items, cursor = page(world, monitor, wanted or CheckFilter(), request)
        checks += items
        if cursor is None:
            return checks
        between()


def watched(world: World) -> Monitor:
    monitor = world.filled()[0]
    with world.owning() as session:
        found = session.get_one(Monitor, monitor.id)
        found.created_at = moment(BEGIN - DAY)
        # Rows of a day that stays in the database.
        store(session, [row(monitor, END + number * 600) for number in range(20)])
    return found


def test_the_log_is_the_same_before_and_after_its_days_are_dropped(world: World) -> None:
    monitor = watched(world)
    filters = [
        CheckFilter(),
        CheckFilter(outcome=[Outcome.DOWN, Outcome.UNKNOWN]),
        CheckFilter(region="default", start=moment(BEGIN + 7), end=moment(BEGIN + 40_000)),
    ]
    before = [every(world, monitor, wanted) for wanted in filters]
    assert len(before[0]) == 2 * 144 + 20
    assert any(check.detail == "Answered 500." for check in before[1])
    world.finish()
    assert world.count() == 0
    assert [every(world, monitor, wanted) for wanted in filters] == before


def test_each_slot_comes_once_while_its_day_is_sealed_dropped_restored_and_compacted(
    world: World,
) -> None:
    monitor = watched(world)
    expected = every(world, monitor)
    acts: list[Callable[[], object]] = [
        world.compact,
        world.drop,
        world.restore,
        world.compact,
        world.restore,
        world.drop,
        world.seal,
    ]

    def act() -> None:
        if acts:
            acts.pop()()

    for limit in (40, 7, 150):
        assert every(world, monitor, limit=limit, between=act) == expected
    assert acts == []


def test_a_late_result_replaces_an_unknown_one_at_once_and_once(world: World) -> None:
    monitor = watched(world)
    world.finish()
    unknown = every(world, monitor, CheckFilter(outcome=[Outcome.UNKNOWN]))
    slot = int(unknown[0].checked_at.timestamp())
    region = 1 if unknown[0].region == "default" else 2
    with world.owning() as session:
        store(session, [row(monitor, slot, Outcome.DOWN, region=region)])
        store(session, [row(monitor, BEGIN + 1)])
    for _ in ("still in the database", "in the archive"):
        again = every(world, monitor)
        assert len(again) == 2 * 144 + 20 + 1
        assert len({(check.checked_at, check.region) for check in again}) == len(again)
        left = every(world, monitor, CheckFilter(outcome=[Outcome.UNKNOWN]))
        assert len(left) == len(unknown) - 1
        note(world, monitor)
        world.finish()
    assert world.count() == 0


def note(world: World, monitor: Monitor) -> None:
    with world.owning() as session:
        session.add(ArchiveLate(day=FIRST, shard=shard_of(monitor.organization_id)))


def test_one_check_of_a_dropped_day_is_found_with_its_evidence(world: World) -> None:
    monitor = watched(world)
    (down, *_) = every(world, monitor, CheckFilter(outcome=[Outcome.DOWN]))
    world.finish()
    archived: Archived = {}
    for _ in range(2):
        try:
            with Session(engine("downtime_api")) as session, session.begin():
                act_for(session, monitor.organization_id)
                found = check_log.find(
                    session, monitor, down.checked_at, region=down.region, archived=archived
                )
        except NeedsArchive as needed:
            for each in needed.wanted:
                archived[each] = lookup.checks_of(world.store, each)
    assert found.evidence is not None
    assert (found.evidence.body, found.evidence.headers) == ("é", [("a", "b")])
    assert (found.cause, found.timings) == (down.cause, down.timings)


def test_files_of_other_organizations_are_no_business_of_the_api(world: World) -> None:
    monitors = world.filled()
    world.finish()
    with world.owning() as session:
        assert session.query(ArchiveDay).count() == 16
    stranger = monitors[1]
    stranger.id = monitors[0].id
    assert every(world, stranger) == []
