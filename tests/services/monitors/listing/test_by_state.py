"""The order by state: the most urgent first, page by page, by index."""

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from models import Monitor, MonitorState
from services.monitors.listing import lists
from services.monitors.listing.by_state import URGENCY
from services.monitors.listing.lists import MonitorFilter
from services.pagination import PageRequest
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.explained import explained, uncounted, without
from tests.services.planned import at, plan

NOW = at(30)


@pytest.fixture
def organization_id(session: Session) -> int:
    """Make an organization with three monitors of each state; one of each is in maintenance."""
    found = organization(session).id
    made = [
        (make.monitor(session, found, now=NOW, name=f"{state.value} {number}"), state)
        for number in range(3)
        for state in State
    ]
    for monitor, state in made:
        session.execute(
            update(MonitorState)
            .where(MonitorState.monitor_id == monitor.id)
            .values(state=state)
            .execution_options(synchronize_session=False)
        )
    plan(session, *(each for each, _ in made[: len(State)]), start=0, minutes=60)
    stranger = make.monitor(session, organization(session).id, now=NOW, name="stranger")
    session.execute(
        update(MonitorState)
        .where(MonitorState.monitor_id == stranger.id)
        .values(state=State.DOWN)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    return found


def listed(
    session: Session, organization_id: int, order: str, limit: int, *states: DisplayStatus
) -> list[tuple[DisplayStatus, int]]:
    """Read page after page."""
    found: list[tuple[DisplayStatus, int]] = []
    cursor = None
    while True:
        page = lists.page(
            session,
            organization_id,
            MonitorFilter(order=order, state=list(states)),
            PageRequest(limit=limit, cursor=cursor),
            now=NOW,
        )
        found += [(each.display_status, each.monitor.id) for each in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 4, 50])
@pytest.mark.parametrize("order", ["state", "-state"])
def test_every_monitor_comes_once_in_the_order_of_urgency(
    session: Session, organization_id: int, order: str, limit: int
) -> None:
    found = listed(session, organization_id, order, limit)
    assert len(found) == 3 * len(State)
    expected = sorted(found, key=lambda each: (URGENCY.index(each[0]), each[1]))
    assert found == (expected if order == "state" else expected[::-1])
    # All states but a pause give way to maintenance.
    counts = {status: [each for each, _ in found].count(status) for status in DisplayStatus}
    assert counts[DisplayStatus.MAINTENANCE] == len(State) - 1
    assert counts[DisplayStatus.PAUSED] == 3
    assert counts[DisplayStatus.DOWN] == counts[DisplayStatus.UP] == 2


def test_only_the_wanted_states_come(session: Session, organization_id: int) -> None:
    wanted = (DisplayStatus.MAINTENANCE, DisplayStatus.DOWN)
    found = [each for each, _ in listed(session, organization_id, "state", 2, *wanted)]
    assert found == [DisplayStatus.DOWN] * 2 + [DisplayStatus.MAINTENANCE] * 5


def test_each_state_is_walked_by_its_index(
    session: Session, connection: Connection, organization_id: int
) -> None:
    without(connection, "seqscan", "bitmapscan", "sort")
    uncounted(connection, "monitors", "monitor_states")
    plans = explained(
        connection,
        lambda: listed(session, organization_id, "state", 50),
        "monitor_states.state",
    )
    assert "ix_monitor_states_organization_id_state" in plans[0]
    assert "Seq Scan on monitors" not in plans[0]


def test_the_rank_of_a_deleted_monitor_is_not_shown(session: Session, organization_id: int) -> None:
    before = listed(session, organization_id, "state", 50)
    session.get_one(Monitor, before[0][1]).deleted_at = NOW
    session.flush()
    assert listed(session, organization_id, "state", 50) == before[1:]
