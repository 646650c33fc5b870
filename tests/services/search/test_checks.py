"""A search finds just the checks that meet all conditions, page by page, and counts the same ones."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY, HOUR, Step
from domain.evaluation.outcome import Cause, Outcome
from models import CheckFailure, CheckResult, Monitor
from services.errors import Invalid
from services.pagination import PageRequest
from services.schedules import regions
from services.search import checks as check_search
from services.search import counts as check_counts
from services.search.checks import Found
from services.search.query import CheckSearch
from services.time_range import Window
from tests.factories import monitors as make
from tests.services.watched import at, watch

DAY_ONE = 2_000_000_000 // DAY * DAY
WINDOW = Window(at(DAY_ONE), at(DAY_ONE + 6 * HOUR))
FAILED = {
    Outcome.DOWN: (Cause.STATUS, 503, "Answered 503 Service Unavailable."),
    Outcome.DEGRADED: (Cause.SLOW, 200, "Took 1,200 ms, 100 % of a_budget."),
    Outcome.UNKNOWN: (Cause.INTERNAL, 0, ""),
}
Row = dict[str, Any]


@pytest.fixture
def shop(session: Session) -> Monitor:
    monitor = watch(session, from_slot=DAY_ONE)
    monitor.tags = ["shop", "eu"]
    return monitor


@pytest.fixture
def blog(session: Session, shop: Monitor) -> Monitor:
    return make.monitor(
        session, shop.organization_id, now=at(DAY_ONE), name="Blog", tags=["blog", "eu"]
    )


def drawn(session: Session, monitors: list[Monitor], random: Random, *, count: int) -> list[Row]:
    """Store random checks of a window; those that were not up have words."""
    far = regions.register(session, "far", now=at(DAY_ONE))
    keys = {
        (random.choice(monitors), DAY_ONE + random.randrange(7 * HOUR), random.choice([1, far]))
        for _ in range(count)
    }
    rows = [_row(*key, random) for key in sorted(keys, key=lambda key: (key[1], key[0].id))]
    session.execute(
        insert(CheckResult), [{**each, "lateness": 0} for each in map(_of_result, rows)]
    )
    failures = [each for each in rows if each["detail"]]
    names = ("monitor_id", "slot", "region_id", "organization_id", "detail")
    session.execute(
        insert(CheckFailure), [{name: each[name] for name in names} for each in failures]
    )
    return rows


def _row(monitor: Monitor, slot: int, region_id: int, random: Random) -> Row:
    outcome = random.choice([Outcome.UP, Outcome.UP, *FAILED])
    cause, status, detail = FAILED.get(outcome, (Cause.NONE, random.choice([200, 204]), ""))
    return {
        "monitor_id": monitor.id,
        "slot": slot,
        "region_id": region_id,
        "organization_id": monitor.organization_id,
        "outcome": outcome,
        "cause": cause,
        "http_status": status,
        "detail": detail,
        "total_us": random.randrange(2_000_000),
    }


def _of_result(row: Row) -> Row:
    phases = dict.fromkeys(("dns_ms", "connect_ms", "tls_ms", "first_byte_ms"), 1)
    return {name: value for name, value in row.items() if name != "detail"} | phases


def keys_of(rows: list[Row]) -> list[tuple[int, str]]:
    """Return what a search shows of rows, newest first."""
    newest = sorted(rows, key=lambda row: (row["slot"], row["monitor_id"], row["region_id"]))
    return [(row["slot"], row["detail"]) for row in reversed(newest)]


def found(session: Session, owner: int, wanted: CheckSearch, *, limit: int = 7) -> list[Found]:
    """Return all pages of a search."""
    items: list[Found] = []
    cursor = None
    while True:
        request = PageRequest(limit=limit, cursor=cursor)
        page = check_search.page(session, owner, wanted, WINDOW, request, searched={})
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            return items


def shown(items: list[Found]) -> list[tuple[int, str]]:
    return [(int(each.check.checked_at.timestamp()), each.check.detail) for each in items]


SEARCHES: dict[str, tuple[CheckSearch, Callable[[Row], bool]]] = {
    "everything": (CheckSearch(), bool),
    "outcomes with words": (
        CheckSearch(outcome=[Outcome.DOWN, Outcome.DEGRADED]),
        lambda row: row["outcome"] in (Outcome.DOWN, Outcome.DEGRADED),
    ),
    "unknown ones": (
        CheckSearch(outcome=[Outcome.UNKNOWN]),
        lambda row: row["outcome"] is Outcome.UNKNOWN,
    ),
    "words in any case": (CheckSearch(q="service un"), lambda row: "Service Un" in row["detail"]),
    "words with wildcards": (CheckSearch(q="100 % of a_b"), lambda row: "%" in row["detail"]),
    "a cause": (CheckSearch(cause=[Cause.SLOW]), lambda row: row["cause"] is Cause.SLOW),
    "a status": (CheckSearch(http_status=[204, 503]), lambda row: row["http_status"] in (204, 503)),
    "a latency": (
        CheckSearch(min_ms=300, max_ms=900.5),
        lambda row: 300_000 <= row["total_us"] <= 900_500,
    ),
    "a region": (CheckSearch(region=["far"]), lambda row: row["region_id"] != 1),
    "several together": (
        CheckSearch(q="answered", min_ms=500, region=["default"]),
        lambda row: (
            row["outcome"] is Outcome.DOWN and row["total_us"] >= 500_000 and row["region_id"] == 1
        ),
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_finds_and_counts_what_meets_all_conditions(
    session: Session, shop: Monitor, blog: Monitor, name: str
) -> None:
    rows = drawn(session, [shop, blog], Random(name), count=120)
    wanted, holds = SEARCHES[name]
    inside = [row for row in rows if row["slot"] < DAY_ONE + 6 * HOUR and holds(row)]
    items = found(session, shop.organization_id, wanted)
    buckets = check_counts.counts(
        session, shop.organization_id, wanted, WINDOW, step=Step.HOUR, searched={}
    )
    assert inside
    assert shown(items) == keys_of(inside)
    counted = Counter(
        {
            (int(each.start.timestamp()), outcome): count
            for each in buckets
            for outcome, count in each.counts.items()
        }
    )
    assert counted == Counter((row["slot"] // HOUR * HOUR, row["outcome"]) for row in inside)


@pytest.mark.parametrize("outcome", [[], [Outcome.DOWN]], ids=["checks", "failures"])
def test_monitors_are_chosen_by_tag_or_id(
    session: Session, shop: Monitor, blog: Monitor, outcome: list[Outcome]
) -> None:
    rows = drawn(session, [shop, blog], Random(3), count=60)
    owner = shop.organization_id
    by_tag = found(session, owner, CheckSearch(tag=["blog", "none"], outcome=outcome))
    by_id = found(session, owner, CheckSearch(monitor_ids=[blog.public_id], outcome=outcome))
    both = found(session, owner, CheckSearch(tag=["eu"], outcome=outcome))
    assert {each.monitor.name for each in by_tag} == {"Blog"}
    assert shown(by_tag) == shown(by_id)
    assert {each.monitor.public_id for each in both} == {shop.public_id, blog.public_id}
    assert len(both) > len(by_tag) > 0
    assert rows


@pytest.mark.parametrize("outcome", [[], [Outcome.DOWN]], ids=["checks", "failures"])
def test_others_and_deleted_monitors_are_not_searched(
    session: Session, shop: Monitor, blog: Monitor, outcome: list[Outcome]
) -> None:
    stranger = watch(session, from_slot=DAY_ONE)
    drawn(session, [shop, blog, stranger], Random(4), count=60)
    blog.deleted_at = at(DAY_ONE)
    session.flush()
    wanted = CheckSearch(outcome=outcome, monitor_ids=[stranger.public_id])
    assert found(session, shop.organization_id, wanted) == []
    own = found(session, shop.organization_id, CheckSearch(outcome=outcome))
    assert {each.monitor.name for each in own} == {shop.name}


def test_a_search_that_would_read_too_many_checks_says_how_many(
    session: Session, shop: Monitor
) -> None:
    long = Window(at(DAY_ONE), at(DAY_ONE + 400 * DAY))
    shop.interval_seconds = 5
    session.flush()
    wanted = CheckSearch(min_ms=100)
    with pytest.raises(Invalid) as refused:
        check_search.page(session, shop.organization_id, wanted, long, PageRequest(), searched={})
    assert "about 6,912,000 checks, and may read 2,000,000" in str(refused.value.problems)
    with pytest.raises(Invalid):
        check_counts.counts(
            session,
            shop.organization_id,
            CheckSearch(min_ms=100),
            long,
            step=Step.DAY,
            searched={},
        )
    # The newest checks of a monitor take no more reading than a page has.
    check_search.page(
        session, shop.organization_id, CheckSearch(), long, PageRequest(), searched={}
    )
