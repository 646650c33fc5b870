"""What makes an outage where a monitor says so: failures within a window, and what is only degraded."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.evaluation.outcome import Outcome
from domain.evaluation.state import Severity
from models import Incident, Monitor, MonitorState
from probes.base import ProbeResult
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.regional import NOW, SLOT, incidents, see, watched_from_three
from tests.services.watched import DOWN, UNKNOWN, UP


@pytest.fixture
def three(session: Session) -> Monitor:
    return watched_from_three(session)


def test_failures_need_not_be_consecutive_where_a_window_says_so(session: Session) -> None:
    monitor = make.monitor(
        session,
        organization(session).id,
        now=NOW - timedelta(hours=1),
        confirmations=2,
        confirmation_window=3,
    )
    for number, result in enumerate((DOWN, UP, DOWN)):
        see(session, monitor, SLOT + 60 * number, default=result)
    assert incidents(session) == [(make.at(SLOT), None)]


@pytest.mark.parametrize("regions_named", [["default"], ["default", "north", "south"]], ids=len)
def test_an_outage_does_not_begin_with_failures_that_had_left_the_window(
    session: Session, three: Monitor, regions_named: list[str]
) -> None:
    monitor = make.monitor(
        session,
        three.organization_id,
        now=NOW - timedelta(hours=1),
        regions=regions_named,
        quorum=1,
        confirmations=3,
        confirmation_window=5,
    )
    # One in three fails for a while, which is no outage; then all do.
    for number, result in enumerate((DOWN, UP, UP) * 4 + (DOWN, UNKNOWN, DOWN)):
        see(session, monitor, SLOT + 60 * number, default=result)
    # The last five of which something is known begin with the tenth.
    assert incidents(session) == [(make.at(SLOT + 60 * 9), None)]
    state = session.get_one(MonitorState, monitor.id, populate_existing=True)
    assert state.since == make.at(SLOT + 60 * 9)


def test_degraded_where_it_is_worth_an_alert_is_an_incident_that_may_worsen_and_ease(
    session: Session,
) -> None:
    monitor = make.monitor(
        session,
        organization(session).id,
        now=NOW - timedelta(hours=1),
        confirmations=1,
        alert_on_degraded=True,
    )
    slow = ProbeResult(outcome=Outcome.DEGRADED, http_status=200, detail="Took 2 s.")
    for number, result in enumerate((slow, DOWN, slow, UP)):
        see(session, monitor, SLOT + 60 * number, default=result)
    rows = session.scalars(select(Incident).order_by(Incident.id)).all()
    assert [(row.severity, row.resolution) for row in rows] == [
        (Severity.DEGRADED, "worsened"),
        (Severity.DOWN, "eased"),
        (Severity.DEGRADED, "recovered"),
    ]
    assert [row.follows_id for row in rows] == [None, rows[0].id, rows[1].id]
    assert rows[1].started_at == rows[0].ended_at
