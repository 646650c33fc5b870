"""A suspension stops checks but ends no alert, warns the owners, and ends in a deletion."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.plans.standing import Standing
from models import AccountMail, Monitor, MonitorState, Organization, Suspension
from services.archive import retention
from services.monitors.plan import pauses
from services.operators import suspensions
from services.operators.operators import Operator
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.rights import acting
from tests.services.outage import NOW, owner_of

OPERATOR = Operator(1, uuid4(), "ada@example.org")
DAY = timedelta(days=1)


@pytest.fixture
def owner(session: Session) -> int:
    """Make an organization with two monitors, of which one is down and one is paused by users."""
    row = organization(session, "Shop")
    owner_of(session, row.id, "cat@example.org")
    for name in ("calm", "down"):
        make.monitor(session, row.id, now=NOW - 9 * DAY, name=name)
    make.monitor(session, row.id, now=NOW - 9 * DAY, name="own", paused=True)
    down = session.scalars(select(Monitor).filter_by(name="down")).one()
    session.get_one(MonitorState, down.id).incident_open = True
    session.flush()
    return row.id


def paused(session: Session) -> set[str]:
    session.expire_all()
    return set(session.scalars(select(Monitor.name).where(Monitor.paused)))


def mails(session: Session) -> list[str]:
    return list(session.scalars(select(AccountMail.event).order_by(AccountMail.id)))


def test_monitors_stop_once_they_have_no_open_incident_and_come_back(
    session: Session, owner: int
) -> None:
    suspensions.begin(session, owner, "spam", OPERATOR, now=NOW)
    with acting(session, "downtime_housekeeping"):
        pauses.sweep(session, now=NOW)
    assert paused(session) == {"calm", "own"}
    for state in session.scalars(select(MonitorState)):
        state.incident_open = False
    with acting(session, "downtime_housekeeping"):
        pauses.sweep(session, now=NOW)
    assert paused(session) == {"calm", "down", "own"}
    suspensions.end(session, owner, now=NOW + DAY)
    with acting(session, "downtime_housekeeping"):
        pauses.sweep(session, now=NOW + DAY)
    assert paused(session) == {"own"}
    assert session.get(Suspension, owner) is None


def test_the_owners_are_warned_and_after_90_days_it_is_deleted(
    session: Session, owner: int
) -> None:
    suspensions.begin(session, owner, "spam", OPERATOR, now=NOW)
    counts = []
    for days in (59, 60, 61, 83, 89, 90, 91):
        with acting(session, "downtime_housekeeping"):
            while suspensions.sweep(session, now=NOW + days * DAY):
                pass
        counts.append(mails(session).count("suspension_ending"))
    assert counts == [0, 1, 1, 2, 3, 3, 3]
    session.expire_all()
    closed = session.get_one(Organization, owner)
    assert closed.closed_at == NOW + 90 * DAY
    assert mails(session)[-1] == "organization_closed"
    # A restore brings back no organization that may be used, and not for long.
    closed.closed_at = closed.restore_id = None
    assert closed.standing is Standing.SUSPENDED
    with acting(session, "downtime_housekeeping"):
        assert suspensions.sweep(session, now=NOW + 92 * DAY)
    assert closed.closed_at == NOW + 92 * DAY


def test_one_on_legal_hold_is_kept(session: Session, owner: int) -> None:
    suspensions.begin(session, owner, "spam", OPERATOR, now=NOW)
    retention.hold(session, owner, now=NOW)
    assert not suspensions.sweep(session, now=NOW + 200 * DAY)
    assert session.get_one(Organization, owner).deleted_at is None


def test_after_a_long_standstill_the_owners_are_still_warned_first(
    session: Session, owner: int
) -> None:
    suspensions.begin(session, owner, "spam", OPERATOR, now=NOW)
    assert suspensions.sweep(session, now=NOW + 200 * DAY)
    assert session.get_one(Organization, owner).deleted_at is None
