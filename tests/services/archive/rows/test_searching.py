"""A search finds and counts the same checks before and after their days are in the archive alone."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from random import Random
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, HOUR, Step
from domain.evaluation.outcome import Cause, Outcome
from models import Monitor, Project
from models.session import act_for, confine, engine
from services.archive import retention
from services.archive.rows import scanning, searching
from services.archive.rows.searching import NeedsArchiveSearch, Searched
from services.errors import Invalid
from services.pagination import PageRequest
from services.rollups import writing
from services.search import archived, checks, counts, query
from services.search.checks import Found
from services.search.counts import Bucket
from services.search.query import CheckSearch
from services.time_range import Window
from tests.factories import monitors as make
from tests.services.archive.world import BEGIN, END, World, draw, moment, row, store
from tests.services.rollups.rolled import set_until

WINDOW = Window(moment(BEGIN), moment(END + 2 * HOUR))
SEARCHES = {
    "everything": CheckSearch(),
    "failures": CheckSearch(outcome=[Outcome.DOWN]),
    "unknown ones": CheckSearch(outcome=[Outcome.UNKNOWN]),
    "words in any case": CheckSearch(q="aNSWERED 5"),
    "words of none": CheckSearch(q="timeout"),
    "a cause and a region": CheckSearch(cause=[Cause.STATUS], region=["second"]),
    "a region that is none": CheckSearch(region=["moon"]),
    "a status and words": CheckSearch(q="answered", http_status=[500]),
    "a latency": CheckSearch(min_ms=300, max_ms=700, outcome=[Outcome.UP]),
    "failures within a latency": CheckSearch(max_ms=500, outcome=[Outcome.DOWN]),
    "a tag": CheckSearch(tag=["eu"], outcome=[Outcome.DOWN]),
}

Answer = TypeVar("Answer")


def asked(
    world: World,
    monitor: Monitor,
    ask: Callable[[Session, Searched], Answer],
    *,
    projects: Collection[int] | None = None,
) -> Answer:
    """Ask as the API does: with its rights, and the archive outside of transactions.

    With `projects`, the caller sees these alone.
    """
    searched: Searched = {}
    while True:
        try:
            with Session(engine("downtime_api")) as session, session.begin():
                act_for(session, monitor.organization_id)
                if projects is not None:
                    confine(session, projects)
                return ask(session, searched)
        except NeedsArchiveSearch as needed:
            searched[needed.search] = scanning.search(world.store, needed.search)


def found(
    world: World,
    monitor: Monitor,
    wanted: CheckSearch,
    *,
    limit: int = 60,
    window: Window = WINDOW,
    projects: Collection[int] | None = None,
) -> list[Found]:
    """Follow the cursor to its end."""
    items: list[Found] = []
    cursor = None
    while True:
        request = PageRequest(limit=limit, cursor=cursor)
        page = asked(
            world,
            monitor,
            lambda session, searched, request=request: checks.page(  # type: ignore[misc]
                session, monitor.organization_id, wanted, window, request, searched=searched
            ),
            projects=projects,
        )
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            return items


def counted(  # noqa: PLR0913 - one for each thing that is asked
    world: World,
    monitor: Monitor,
    wanted: CheckSearch,
    step: Step,
    window: Window,
    *,
    budget: int = archived.MOST_ROWS,
    projects: Collection[int] | None = None,
) -> list[Bucket]:
    return asked(
        world,
        monitor,
        lambda session, searched: counts.counts(
            session,
            monitor.organization_id,
            wanted,
            window,
            step=step,
            searched=searched,
            budget=budget,
        ),
        projects=projects,
    )


@pytest.fixture
def monitor(world: World) -> Monitor:
    """Return a monitor of two with checks on a day and on the next, among those of others."""
    first, *_ = world.filled()
    with world.owning() as session:
        second = make.monitor(
            session, first.organization_id, now=moment(BEGIN), name="Second", tags=["eu"]
        )
        store(session, draw(Random(9), second))
        store(session, [row(first, END + number * 600) for number in range(20)])
    return first


def tally(items: list[Found], step: Step) -> dict[int, Counter[Outcome]]:
    """Count what was found the plainest way there is."""
    buckets: dict[int, Counter[Outcome]] = {}
    for each in items:
        begin = step.begin(int(each.check.checked_at.timestamp()))
        buckets.setdefault(begin, Counter())[each.check.outcome] += 1
    return buckets


def shown(buckets: list[Bucket]) -> dict[int, Counter[Outcome]]:
    return {int(each.start.timestamp()): Counter(each.counts) for each in buckets}


def roll_up(world: World, until: int) -> None:
    with world.owning() as session:
        monitors = session.scalars(select(Monitor.id)).all()
        writing.hours(session, monitors, low=BEGIN, high=END)
        writing.day(session, monitors, begin=BEGIN)
        set_until(session, until)


# The hours of the day are kept, or only the day as a whole.
@pytest.mark.parametrize(
    ("until", "begin"), [(END, BEGIN + 1_000), (END + 60 * DAY, BEGIN)], ids=["hours", "days"]
)
def test_a_search_is_the_same_before_and_after_its_days_are_dropped(
    world: World, monitor: Monitor, until: int, begin: int
) -> None:
    roll_up(world, until)
    window = replace(WINDOW, start=moment(begin))
    before = {name: found(world, monitor, each, window=window) for name, each in SEARCHES.items()}
    assert {name for name, items in before.items() if not items} == {
        "words of none",
        "a region that is none",
    }
    world.finish()
    assert world.count() == 0
    for name, wanted in SEARCHES.items():
        assert found(world, monitor, wanted, window=window) == before[name], name
        for step in Step:
            buckets = counted(world, monitor, wanted, step, window)
            assert shown(buckets) == tally(before[name], step), name


def test_a_page_ends_where_the_budget_is_used_up_and_a_search_that_cannot_begin_names_it(
    world: World, monitor: Monitor
) -> None:
    world.finish()

    def read(session: Session, searched: Searched, budget: int) -> archived.Found:
        ids = query.all_of(session, monitor.organization_id, CheckSearch())
        what = archived.asked(session, monitor.organization_id, ids, CheckSearch(q="answered"))
        periods, hot = searching.periods(
            session, monitor.organization_id, BEGIN - DAY, END + 2 * HOUR
        )
        assert [(each.low, each.high) for each in periods] == [(BEGIN, END)]
        assert hot == [(BEGIN - DAY, BEGIN), (END, END + 2 * HOUR)]
        twice = [*periods, *periods]
        return archived.newest(session, what, twice, searched, limit=10_000, budget=budget)

    def found_with(budget: int) -> archived.Found:
        return asked(world, monitor, lambda session, searched: read(session, searched, budget))

    every = found_with(100_000)
    assert every.reached is None
    once = found_with(2_000)
    assert once.reached == (END, 0, 0)
    assert len(every.checks) == 2 * len(once.checks)
    with pytest.raises(Invalid) as refused:
        found_with(10)
    assert "archived checks, and may read 10." in str(refused.value.problems)


def test_a_part_of_an_old_day_is_counted_within_the_budget_or_whole_days_are_advised(
    world: World, monitor: Monitor
) -> None:
    roll_up(world, END + 60 * DAY)
    part = replace(WINDOW, start=moment(BEGIN + 1_000))
    before = found(world, monitor, CheckSearch(), window=part)
    world.finish()
    buckets = counted(world, monitor, CheckSearch(), Step.DAY, part)
    assert shown(buckets) == tally(before, Step.DAY)
    with pytest.raises(Invalid) as refused:
        counted(world, monitor, CheckSearch(), Step.DAY, part, budget=10)
    assert "midnight to midnight in UTC" in str(refused.value.problems["from"])
    # Whole days need no budget, but a status has to be looked for in each check.
    whole = Window(moment(BEGIN), moment(END))
    assert counted(world, monitor, CheckSearch(), Step.DAY, whole, budget=0)
    with pytest.raises(Invalid) as refused:
        counted(world, monitor, CheckSearch(http_status=[500]), Step.DAY, whole, budget=10)
    assert "midnight" not in str(refused.value.problems)


def test_others_find_nothing_of_it_in_the_archive(world: World, monitor: Monitor) -> None:
    with world.owning() as session:
        other = session.scalars(
            select(Monitor).where(Monitor.organization_id != monitor.organization_id)
        ).first()
    assert other is not None
    world.finish()
    wanted = CheckSearch(monitor_ids=[monitor.public_id])
    assert found(world, other, wanted) == []
    assert {each.monitor.public_id for each in found(world, other, CheckSearch())} == {
        other.public_id
    }


def test_who_is_confined_to_projects_finds_and_counts_only_their_archived_checks(
    world: World, monitor: Monitor
) -> None:
    with world.owning() as session:
        projects = [Project(organization_id=monitor.organization_id, name=name) for name in "ab"]
        session.add_all(projects)
        session.flush()
        own, foreign = (project.id for project in projects)
        mine, theirs = session.scalars(
            select(Monitor).where(Monitor.organization_id == monitor.organization_id)
        ).all()
        mine.project_id, theirs.project_id = own, foreign
    roll_up(world, END)
    world.finish()
    assert world.count() == 0
    everything = found(world, monitor, CheckSearch())
    assert {each.monitor.public_id for each in everything} == {mine.public_id, theirs.public_id}
    kept = [each for each in everything if each.monitor.public_id == mine.public_id]
    hidden = CheckSearch(monitor_ids=[theirs.public_id])
    for wanted in (CheckSearch(), CheckSearch(q="answered"), hidden):
        expected = [] if wanted is hidden else [each for each in kept if _is_of(wanted, each)]
        items = found(world, monitor, wanted, projects=[own])
        assert items == expected
        buckets = counted(world, monitor, wanted, Step.DAY, WINDOW, projects=[own])
        assert shown(buckets) == tally(expected, Step.DAY)
    # Of no project at all, nothing is found either.
    assert found(world, monitor, CheckSearch(), projects=[]) == []


def _is_of(wanted: CheckSearch, each: Found) -> bool:
    return wanted.q is None or wanted.q in each.check.detail.casefold()


def test_days_that_the_organization_does_not_keep_are_not_found(
    world: World, monitor: Monitor
) -> None:
    world.finish()
    wanted = CheckSearch(q="answered")
    assert found(world, monitor, wanted)
    with world.owning() as session:
        retention.set_days(
            session, monitor.organization_id, 7, default_days=100_000, now=moment(END + 90 * DAY)
        )
    assert found(world, monitor, wanted) == []
    assert counted(world, monitor, wanted, Step.DAY, WINDOW) == []
