"""The monitors by status, counted without reading those that are up."""

from collections.abc import Mapping

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from domain.evaluation.display_status import DisplayStatus
from domain.evaluation.state import State
from models import Monitor, MonitorState
from services.monitors.listing import counts, lists
from services.monitors.listing.lists import MonitorFilter
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.planned import at, plan

NOW = at(30)


@pytest.fixture
def monitors(session: Session) -> list[Monitor]:
    """Make four monitors of each state, one of them deleted, beside those of a stranger."""
    own, other = organization(session).id, organization(session).id
    made = [
        (make.monitor(session, of, now=NOW, name=f"{state.value} {number}"), state)
        for of in (own, other)
        for number in range(4)
        for state in State
    ]
    for number, (monitor, state) in enumerate(made):
        session.execute(
            update(MonitorState)
            .where(MonitorState.monitor_id == monitor.id)
            .values(state=state)
            .execution_options(synchronize_session=False)
        )
        monitor.deleted_at = NOW if number % (4 * len(State)) < len(State) else None
    session.flush()
    session.expire_all()
    return [each for each, _ in made if each.organization_id == own]


def _counted(session: Session, organization_id: int) -> Mapping[DisplayStatus, int]:
    total = counts.total(session, organization_id)
    return counts.by_status(session, organization_id, total=total, now=NOW)


def test_monitors_are_counted_by_what_they_are_shown_as(
    session: Session, monitors: list[Monitor]
) -> None:
    found = _counted(session, monitors[0].organization_id)
    assert found == {**dict.fromkeys(DisplayStatus, 3), DisplayStatus.MAINTENANCE: 0}
    # One of each state, of which the paused one stays paused.
    plan(session, *monitors[len(State) : 2 * len(State)], start=0, minutes=60)
    found = _counted(session, monitors[0].organization_id)
    assert found == {
        **dict.fromkeys(DisplayStatus, 2),
        DisplayStatus.MAINTENANCE: len(State) - 1,
        DisplayStatus.PAUSED: 3,
    }


def test_a_list_counts_the_same(session: Session, monitors: list[Monitor]) -> None:
    of = monitors[0].organization_id
    plan(session, start=0, minutes=60, organization_id=of, all_monitors=True)
    assert _counted(session, of) == lists.count_by_status(session, of, MonitorFilter(), now=NOW)


def test_without_monitors_every_number_is_zero(session: Session) -> None:
    found = _counted(session, organization(session).id)
    assert found == dict.fromkeys(DisplayStatus, 0)
