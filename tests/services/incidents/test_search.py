"""A search finds just the incidents that meet all conditions, page by page."""

from collections.abc import Callable
from random import Random

import pytest
from sqlalchemy.orm import Session

from domain.analytics.rollup import DAY
from domain.evaluation.outcome import Cause
from domain.evaluation.state import Severity
from models import Incident, IncidentNote, Monitor
from models.incident_note import NoteKind
from services.incidents import history, search
from services.incidents.search import IncidentFilter
from services.pagination import PageRequest
from services.schedules import regions
from tests.factories import monitors as make
from tests.services.watched import at, watch

BEGIN = 1_800_000_000
_WORDS = ["Answered 503.", "The name does not resolve.", "Took 100 % of a_budget."]


def _is_down(each: Incident, _monitor: Monitor) -> bool:
    return each.severity is Severity.DOWN


SEARCHES: dict[str, tuple[IncidentFilter, Callable[[Incident, Monitor], bool]]] = {
    "everything": (IncidentFilter(), lambda *_: True),
    "a severity": (IncidentFilter(severity=[Severity.DOWN]), _is_down),
    "a cause": (
        IncidentFilter(cause=[Cause.DNS, Cause.SLOW]),
        lambda each, _: each.cause in (Cause.DNS, Cause.SLOW),
    ),
    "open ones": (IncidentFilter(open=True), lambda each, _: each.ended_at is None),
    "acknowledged ones": (
        IncidentFilter(acknowledged=True),
        lambda each, _: each.acknowledged_at is not None,
    ),
    "a tag": (IncidentFilter(tag=["eu", "us"]), lambda _, monitor: "eu" in monitor.tags),
    "a region": (IncidentFilter(region=["far"]), lambda _, monitor: len(monitor.region_ids) > 1),
    "a region that is none": (IncidentFilter(region=["moon"]), lambda *_: False),
    "words of the finding": (IncidentFilter(q="NAME does"), lambda each, _: "name" in each.detail),
    "words with wildcards": (IncidentFilter(q="100 % of a_b"), lambda each, _: "%" in each.detail),
    "the name of the monitor": (IncidentFilter(q="blog"), lambda _, of: of.name == "Blog"),
    "a comment": (IncidentFilter(q="Cable"), lambda each, _: each.acknowledged_by == "Ann"),
    "a time": (
        IncidentFilter(start=at(BEGIN + DAY), end=at(BEGIN + 2 * DAY), severity=list(Severity)),
        lambda each, _: (
            each.started_at < at(BEGIN + 2 * DAY)
            and (each.ended_at is None or each.ended_at > at(BEGIN + DAY))
        ),
    ),
}


@pytest.fixture
def shop(session: Session) -> Monitor:
    return watch(session, from_slot=BEGIN)


@pytest.fixture
def found(session: Session, shop: Monitor) -> list[tuple[Incident, Monitor]]:
    """Return random incidents of two monitors, newest first."""
    random = Random(5)
    far = regions.register(session, "far", now=at(BEGIN))
    blog = make.monitor(session, shop.organization_id, now=at(BEGIN), name="Blog", tags=["eu"])
    blog.region_ids = [1, far]
    rows = []
    for number in range(40):
        of = random.choice([shop, blog])
        began = at(BEGIN + number * 9_000)
        ended = None if number >= 38 else at(BEGIN + number * 9_000 + 5_000)
        if number >= 38:
            of = (shop, blog)[number - 38]
        rows.append((_incident(session, random, of, began, ended), of))
    stranger = watch(session, from_slot=BEGIN)
    make.incident(session, stranger, started_at=at(BEGIN))
    return rows[::-1]


def _incident(session: Session, random: Random, of: Monitor, *times: object) -> Incident:
    began, ended = times
    row = make.incident(session, of, started_at=began, ended_at=ended)  # type: ignore[arg-type]
    row.severity = random.choice(list(Severity))
    row.cause = random.choice([Cause.STATUS, Cause.DNS, Cause.SLOW])
    row.detail = random.choice(_WORDS)
    if random.random() < 0.3:
        row.acknowledged_at, row.acknowledged_by = row.started_at, "Ann"
        note = IncidentNote(
            organization_id=of.organization_id,
            incident_id=row.id,
            kind=NoteKind.ACKNOWLEDGED,
            at=row.started_at,
            by="Ann",
            words="A cable was cut.",
        )
        session.add(note)
    session.flush()
    return row


def paged(session: Session, owner: int, wanted: IncidentFilter, limit: int = 7) -> list[int]:
    keys: list[int] = []
    cursor = None
    while True:
        request = PageRequest(limit=limit, cursor=cursor)
        page = history.page(session, owner, wanted, request)
        keys += [each.incident.id for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return keys


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_finds_the_incidents_that_meet_all_conditions(
    session: Session, shop: Monitor, found: list[tuple[Incident, Monitor]], name: str
) -> None:
    wanted, holds = SEARCHES[name]
    expected = [each.id for each, of in found if holds(each, of)]
    assert paged(session, shop.organization_id, wanted) == expected


def test_a_page_ends_where_enough_incidents_were_read(
    session: Session, shop: Monitor, found: list[tuple[Incident, Monitor]]
) -> None:
    wanted = IncidentFilter(q="no such words")
    cursor, pages = None, 0
    while True:
        request = PageRequest(cursor=cursor)
        page = search.page(session, shop.organization_id, wanted, request, most=15)
        assert not page.items
        pages, cursor = pages + 1, page.next_cursor
        if cursor is None:
            break
    assert pages == len(found) // 15 + 1
