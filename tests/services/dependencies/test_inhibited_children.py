"""Many children of one parent: held, woken and looked at by few statements."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, delete, select, text, update
from sqlalchemy.orm import Session

from domain.evaluation.dependencies import INHIBITED_FOR
from models import Incident, Monitor, MonitorParent, MonitorState, Recheck
from models.incident import Suppression
from services.alerting import sweep as alerting_sweep
from services.dependencies import dependencies, inhibited_children
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.checks.test_incident_cost import counted
from tests.services.planned import plan
from tests.services.woken import woken_by

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def family(session: Session, children: int) -> tuple[Monitor, list[Monitor]]:
    """Make a parent that is down, and as many children whose incidents it holds, due now."""
    owner = organization(session).id
    parent = make.monitor(session, owner, now=NOW, name="Router")
    made = [
        make.monitor(session, owner, now=NOW, name="Shop", parent_ids=[parent.public_id])
        for _ in range(children)
    ]
    session.flush()
    for monitor in (parent, *made):
        incident = make.incident(session, monitor, started_at=NOW - timedelta(minutes=1))
        if monitor is not parent:
            incident.suppressed_by, incident.next_at = Suppression.PARENT, NOW
    down(session, parent, is_down=True)
    return parent, made


def down(session: Session, monitor: Monitor, *, is_down: bool) -> None:
    session.execute(
        update(MonitorState)
        .where(MonitorState.monitor_id == monitor.id)
        .values(incident_open=is_down)
    )
    session.flush()


def due(session: Session) -> Sequence[int]:
    """Return the monitors whose incident is to be looked at now."""
    found = select(Incident.monitor_id).where(Incident.next_at <= NOW)
    return session.scalars(found.order_by(Incident.monitor_id)).all()


def asked(session: Session) -> Sequence[int]:
    return session.scalars(select(Recheck.monitor_id).order_by(Recheck.monitor_id)).all()


def test_the_sweep_asks_no_more_where_nobody_is_held_or_due(session: Session) -> None:
    _, [child] = family(session, 1)
    assert inhibited_children.are_due(session, now=NOW)
    assert not inhibited_children.are_due(session, now=NOW - timedelta(seconds=1))
    of_child = update(Incident).where(Incident.monitor_id == child.id)
    session.execute(of_child.values(suppressed_by=None))
    assert not inhibited_children.are_due(session, now=NOW)


def test_children_of_a_parent_that_is_down_are_held_on_by_few_statements(
    connection: Connection, session: Session
) -> None:
    family(session, 30)
    with counted(connection) as statements:
        assert not inhibited_children.keep(session, now=NOW)
    assert len(statements) == 2, statements
    held = select(Incident.suppressed_by, Incident.next_at).where(Incident.next_at.is_not(None))
    assert set(session.execute(held).all()) == {(Suppression.PARENT, NOW + INHIBITED_FOR)}
    assert woken_by(session, alerting_sweep.sweep, now=NOW) == []


def test_it_says_whether_there_is_more(session: Session) -> None:
    family(session, 3)
    assert inhibited_children.keep(session, now=NOW, limit=2)
    assert len(due(session)) == 1
    assert not inhibited_children.keep(session, now=NOW, limit=2)
    assert due(session) == []
    assert not inhibited_children.keep(session, now=NOW)


def test_who_is_held_by_something_else_or_by_nothing_is_looked_at_by_itself(
    session: Session,
) -> None:
    _, (_, flapping, taken, worked_on, free) = family(session, 5)
    of = {each.monitor_id: each for each in session.scalars(select(Incident))}
    session.get_one(MonitorState, flapping.id).flapping_since = NOW
    of[taken.id].acknowledged_at = NOW
    plan(session, worked_on, start=0, minutes=60)
    session.execute(delete(MonitorParent).where(MonitorParent.monitor_id == free.id))
    session.flush()
    inhibited_children.keep(session, now=NOW)
    assert due(session) == [flapping.id, taken.id, worked_on.id, free.id]


@pytest.mark.parametrize("values", [{"paused": True}, {"deleted_at": NOW}])
def test_a_parent_that_is_not_watched_holds_nothing_on(
    session: Session, values: dict[str, object]
) -> None:
    parent, (child,) = family(session, 1)
    session.execute(update(Monitor).where(Monitor.id == parent.id).values(**values))
    inhibited_children.keep(session, now=NOW)
    assert due(session) == [child.id]


def test_children_whose_parent_is_back_are_looked_at_by_few_statements(
    connection: Connection, session: Session
) -> None:
    parent, children = family(session, 30)
    down(session, parent, is_down=False)
    with counted(connection) as statements:
        assert not inhibited_children.recheck_parents(session, now=NOW)
    assert len(statements) == 3, statements
    assert asked(session) == [each.id for each in children]
    assert not inhibited_children.keep(session, now=NOW)
    inhibited_children.recheck_parents(session, now=NOW + timedelta(seconds=1))
    assert len(asked(session)) == 30


def test_one_look_after_another_comes_to_all_children(session: Session) -> None:
    parent, children = family(session, 3)
    down(session, parent, is_down=False)
    assert inhibited_children.recheck_parents(session, now=NOW, limit=2)
    assert not inhibited_children.recheck_parents(session, now=NOW, limit=2)
    assert asked(session) == [each.id for each in children]


def test_a_child_with_another_parent_that_is_down_is_not_looked_at(session: Session) -> None:
    parent, (child,) = family(session, 1)
    owner = parent.organization_id
    other = make.monitor(session, owner, now=NOW)
    session.add(MonitorParent(monitor_id=child.id, parent_id=other.id, organization_id=owner))
    inhibited_children.recheck_parents(session, now=NOW)
    assert asked(session) == []


def test_a_parent_with_very_many_children_comes_back_by_few_statements_and_locks(
    connection: Connection, session: Session
) -> None:
    parent, children = family(session, 25)
    session.execute(update(Incident).values(next_at=NOW + INHIBITED_FOR))
    down(session, parent, is_down=False)
    with counted(connection) as statements:
        dependencies.wake_children(session, parent.id, now=NOW)
    assert len(statements) == 4, statements
    assert due(session) == [each.id for each in children]
    assert asked(session) == [each.id for each in children[:20]]
    # The database has some thousands of these for everybody together, and a look takes one.
    locks = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7203104")
    assert session.scalar(locks) == 20
    inhibited_children.recheck_parents(session, now=NOW)
    assert asked(session) == [each.id for each in children]


@pytest.mark.committed
def test_a_parent_that_is_just_coming_back_finds_its_children_free(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        parent, (child,) = family(session, 1)
    with Session(committed) as one, one.begin():
        # As who records its good check.
        one.get_one(MonitorState, parent.id, with_for_update={"key_share": True})
        with Session(committed) as other, other.begin():
            inhibited_children.keep(other, now=NOW)
        assert due(one) == [child.id]


@pytest.mark.committed
def test_a_child_that_somebody_else_works_on_is_left_to_them(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        _, (busy, _) = family(session, 2)
    with Session(committed) as one, one.begin():
        one.scalars(select(Incident).where(Incident.monitor_id == busy.id).with_for_update()).one()
        with Session(committed) as other, other.begin():
            other.execute(text("SET LOCAL lock_timeout = 100"))
            inhibited_children.keep(other, now=NOW)
    with Session(committed) as session:
        assert due(session) == [busy.id]
