"""Lists of monitors: light pages, their numbers, and what they can be narrowed by."""

from datetime import UTC, datetime

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from models import MonitorState
from services.contacts import groups as contact_groups
from services.monitors import names
from services.monitors.listing import facets, lists
from services.monitors.listing.lists import MonitorFilter
from services.pagination import PageRequest
from tests.factories import monitors as make
from tests.factories.organizations import organization

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ATTENTION_FIRST = MonitorFilter(order="state")


def watched(session: Session, of: int, name: str, state: State = State.UP, **values: object) -> int:
    monitor = make.monitor(session, of, now=NOW, name=name, **values)
    session.get_one(MonitorState, monitor.id).state = state
    session.flush()
    return monitor.id


def page(session: Session, of: int, wanted: MonitorFilter, **where: object) -> list[str]:
    request = PageRequest(**where)  # type: ignore[arg-type]
    found = lists.page_of_states(session, of, wanted, request, now=NOW)
    return [view.monitor.name for view in found.items]


def test_a_light_page_has_the_order_of_a_whole_one(session: Session) -> None:
    of = organization(session).id
    watched(session, of, "Fine")
    watched(session, of, "Broken", State.DOWN)
    watched(session, of, "Slow", State.DEGRADED)
    whole = lists.page(session, of, ATTENTION_FIRST, PageRequest(), now=NOW)
    assert page(session, of, ATTENTION_FIRST) == ["Broken", "Slow", "Fine"]
    assert [view.monitor.name for view in whole.items] == ["Broken", "Slow", "Fine"]


def test_a_light_page_takes_two_queries_however_long_it_is(
    session: Session, connection: Connection
) -> None:
    of = organization(session).id
    for number in range(5):
        watched(session, of, f"Shop {number}")
    session.flush()
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(connection, "before_cursor_execute", note)
    try:
        page(session, of, ATTENTION_FIRST)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    assert len(asked) == 2


def test_numbers_by_status_heed_every_filter_but_the_status(session: Session) -> None:
    of = organization(session).id
    watched(session, of, "Shop", tags=["eu"])
    watched(session, of, "Shop down", State.DOWN, tags=["eu"])
    watched(session, of, "Blog")
    watched(session, organization(session).id, "Shop of others", tags=["eu"])
    wanted = MonitorFilter(tag="eu", state=[DisplayStatus.DOWN])
    counted = lists.count_by_status(session, of, wanted, now=NOW)
    assert {status: number for status, number in counted.items() if number} == {
        DisplayStatus.UP: 1,
        DisplayStatus.DOWN: 1,
    }


def test_the_first_ids_of_a_filter_are_bounded(session: Session) -> None:
    of = organization(session).id
    for number in range(3):
        watched(session, of, f"Shop {number}")
    watched(session, of, "Blog", url="https://blog.test/")
    found = lists.public_ids(session, of, MonitorFilter(q="shop", order="name"), limit=2, now=NOW)
    assert list(names.of(session, of, found).values()) == ["Shop 0", "Shop 1"]


def test_facets_are_kinds_tags_and_groups_with_their_numbers(session: Session) -> None:
    of = organization(session).id
    group = contact_groups.create(session, of, name="Ops", now=NOW)
    watched(session, of, "Shop", tags=["eu", "web"], contact_group_ids=[group.public_id])
    watched(session, of, "Blog", tags=["eu"])
    watched(session, of, "Port", kind="tcp", url="tcp://db.test:5432")
    watched(session, organization(session).id, "Shop of others", tags=["theirs"])
    found = facets.of_organization(session, of)
    assert [(each.name, each.count) for each in found.kinds] == [("http", 2), ("tcp", 1)]
    assert [(each.name, each.count) for each in found.tags] == [("eu", 2), ("web", 1)]
    assert [(each.name, each.count, each.id) for each in found.groups] == [
        ("Ops", 1, group.public_id)
    ]


def test_names_are_those_of_the_organization_alone(session: Session) -> None:
    of, theirs = organization(session).id, organization(session).id
    own = make.monitor(session, of, now=NOW, name="Shop")
    other = make.monitor(session, theirs, now=NOW, name="Secret shop")
    found = names.of(session, of, [own.public_id, other.public_id])
    assert found == {own.public_id: "Shop"}
