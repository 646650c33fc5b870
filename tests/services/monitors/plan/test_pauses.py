"""A smaller plan pauses the newest monitors after a notice; a larger one brings them back."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Incident, Monitor, MonitorState, Organization
from services.errors import LimitReached
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from services.monitors.plan import pauses
from services.plans import changes
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import NOW, owner_of
from tests.services.relaying import of_event

LATER = NOW + timedelta(days=31)


@pytest.fixture
def owner(session: Session) -> int:
    """Make an organization with four monitors, the third of which its users paused."""
    row = organization(session)
    owner_of(session, row.id, "ada@example.org")
    for number in range(4):
        make.monitor(
            session, row.id, now=NOW - timedelta(days=9), name=f"M{number}", paused=number == 2
        )
    return row.id


def limit(session: Session, owner: int, most: int | None) -> None:
    changes.override(session, owner, {"monitors": most}, now=NOW)


def sweep(session: Session, now: datetime) -> None:
    after: int | None = 0
    while after is not None:
        after = pauses.sweep(session, now=now, after=after)


def paused(session: Session, owner: int) -> dict[str, bool]:
    rows = session.scalars(select(Monitor).filter_by(organization_id=owner).order_by(Monitor.id))
    return {row.name: row.paused_by_plan for row in rows}


def exported(session: Session, owner: int) -> list[dict[str, Any]]:
    """Return all that users have set, as it is stored."""
    query = text("SELECT to_jsonb(m) FROM monitors m WHERE organization_id = :owner ORDER BY id")
    return list(session.scalars(query, {"owner": owner}))


def test_the_newest_are_paused_after_a_notice_of_thirty_days(session: Session, owner: int) -> None:
    limit(session, owner, 1)
    sweep(session, NOW)
    sweep(session, NOW + timedelta(days=29))
    assert not any(paused(session, owner).values())
    (mail,) = of_event(session, AlertEvent.QUOTA)
    assert mail.address == "ada@example.org"
    assert "2026-12-24" in mail.facts["cause"]
    sweep(session, LATER)
    assert paused(session, owner) == {"M0": False, "M1": True, "M2": False, "M3": True}


def test_a_larger_plan_restores_the_same_configuration_to_the_byte(
    session: Session, owner: int
) -> None:
    before = exported(session, owner)
    limit(session, owner, 1)
    sweep(session, NOW)
    sweep(session, LATER)
    assert exported(session, owner) != before
    limit(session, owner, None)
    sweep(session, LATER + timedelta(days=20))
    session.expire_all()
    assert exported(session, owner) == before
    assert session.get_one(Organization, owner).over_limit_since is None


def test_a_monitor_with_an_open_incident_is_paused_after_its_end(
    session: Session, owner: int
) -> None:
    row = session.scalars(select(Monitor).filter_by(name="M3", organization_id=owner)).one()
    state = session.get_one(MonitorState, row.id)
    state.incident_open = True
    session.flush()
    limit(session, owner, 1)
    sweep(session, NOW)
    sweep(session, LATER)
    assert paused(session, owner)["M3"] is False
    state = session.get_one(MonitorState, row.id, populate_existing=True)
    state.incident_open = False
    session.flush()
    sweep(session, LATER)
    assert paused(session, owner)["M3"] is True
    assert session.scalars(select(Incident)).all() == []


def test_nobody_resumes_what_the_plan_pauses_but_a_deletion_makes_room(
    session: Session, owner: int
) -> None:
    limit(session, owner, 3)
    sweep(session, NOW)
    sweep(session, LATER)
    newest = session.scalars(select(Monitor).filter_by(name="M3", organization_id=owner)).one()
    resumed: MonitorChanges = {"paused": False}
    with pytest.raises(LimitReached, match="pauses the newest"):
        monitors.resume(session, owner, newest.public_id, now=LATER)
    with pytest.raises(LimitReached, match="pauses the newest"):
        monitors.change(session, owner, newest.public_id, resumed, now=LATER)
    oldest = session.scalars(select(Monitor).filter_by(name="M0", organization_id=owner)).one()
    monitors.delete(session, owner, oldest.public_id, now=LATER)
    sweep(session, LATER)
    assert paused(session, owner)["M3"] is False


def test_invariant_6_others_are_not_paused(session: Session, owner: int) -> None:
    other = organization(session).id
    make.monitor(session, other, now=NOW)
    limit(session, owner, 0)
    sweep(session, NOW)
    sweep(session, LATER)
    assert not any(paused(session, other).values())


def test_the_housekeeper_may_pause_and_resume(session: Session, owner: int) -> None:
    limit(session, owner, 1)
    session.execute(text("SET LOCAL ROLE downtime_housekeeping"))
    sweep(session, NOW)
    sweep(session, LATER)
    session.execute(text("RESET ROLE"))
    limit(session, owner, None)
    session.execute(text("SET LOCAL ROLE downtime_housekeeping"))
    sweep(session, LATER)
    session.execute(text("RESET ROLE"))
    assert not any(paused(session, owner).values())
