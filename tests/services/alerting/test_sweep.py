"""Sweeps of incidents that are due: several at once, killed, or with one that goes wrong."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Delivery, Incident, Monitor, MonitorState
from services.alerting import process as alerting
from services.alerting import sweep as alerting_sweep
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import EMAIL, broken, notify
from tests.services.woken import woken_by

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=30)


def reminded(session: Session, number: int = 1) -> list[Incident]:
    """Make open incidents that were told, of monitors that remind every 30 minutes."""
    owner = organization(session).id
    incidents = []
    for _ in range(number):
        monitor = make.monitor(session, owner, now=NOW, reminder_minutes=30)
        notify(session, monitor, EMAIL)
        incidents.append(broken(session, monitor))
        alerting.opened(session, incidents[-1], now=NOW)
    return incidents


def reminders(session: Session) -> int:
    query = select(func.count()).where(Delivery.event == AlertEvent.REMINDER)
    return session.scalars(query.select_from(Delivery)).one()


def test_nothing_is_due_before_its_time(session: Session) -> None:
    reminded(session)
    assert not alerting_sweep.sweep(session, now=LATER - timedelta(seconds=1))
    assert reminders(session) == 0
    assert len(woken_by(session, alerting_sweep.sweep, now=LATER)) == 1
    assert woken_by(session, alerting_sweep.sweep, now=LATER) == []


def test_a_sweep_says_whether_there_is_more(session: Session) -> None:
    reminded(session, 3)
    assert alerting_sweep.sweep(session, now=LATER, limit=2)
    assert reminders(session) == 2
    assert not alerting_sweep.sweep(session, now=LATER, limit=2)
    assert reminders(session) == 3


def test_one_that_goes_wrong_comes_again_and_holds_up_no_other(session: Session) -> None:
    bad, good = reminded(session, 2)
    session.flush()
    # Nothing of ours can be made to fail: the database refuses a number beyond its type.
    bad.reminders = 32_767
    session.flush()
    assert len(woken_by(session, alerting_sweep.sweep, now=LATER)) == 1
    session.refresh(bad)
    session.refresh(good)
    assert (good.reminders, good.next_at) == (1, LATER + timedelta(minutes=30))
    assert (bad.reminders, bad.next_at) == (32_767, LATER + timedelta(minutes=1))


def test_of_an_incident_that_is_over_nothing_is_due(session: Session) -> None:
    (incident,) = reminded(session)
    make.end(incident, at=NOW)
    session.flush()
    alerting.closed(session, incident, now=NOW)
    assert woken_by(session, alerting_sweep.sweep, now=LATER) == []


@pytest.mark.committed
def test_invariant_4_sweeps_at_the_same_time_tell_once(committed: Engine) -> None:
    with Session(committed) as session, session.begin():
        reminded(session, 10)

    def sweep(_: int) -> int:
        with Session(committed) as session, session.begin():
            return len(woken_by(session, alerting_sweep.sweep, now=LATER))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(sweep, range(8))) == 10
    with Session(committed) as session:
        assert reminders(session) == 10


@pytest.mark.committed
def test_invariant_10_a_sweep_that_is_killed_leaves_all_as_due_as_before(
    committed: Engine,
) -> None:
    with Session(committed) as session, session.begin():
        reminded(session, 2)
    with Session(committed) as session:
        alerting_sweep.sweep(session, now=LATER)
        session.rollback()
    with Session(committed) as session, session.begin():
        assert reminders(session) == 0
        assert len(woken_by(session, alerting_sweep.sweep, now=LATER)) == 2


@pytest.mark.committed
def test_a_monitor_that_somebody_else_has_locked_is_left_to_the_next_sweep(
    committed: Engine,
) -> None:
    with Session(committed) as session, session.begin():
        locked, _ = reminded(session, 2)
        monitor_id = locked.monitor_id
    lock = select(MonitorState.monitor_id).where(MonitorState.monitor_id == monitor_id)
    with Session(committed) as other, other.begin():
        other.execute(lock.with_for_update(key_share=True))
        with Session(committed) as session, session.begin():
            session.execute(text("SET LOCAL lock_timeout = 100"))
            assert len(woken_by(session, alerting_sweep.sweep, now=LATER)) == 1
    with Session(committed) as session, session.begin():
        assert len(woken_by(session, alerting_sweep.sweep, now=LATER)) == 1
        assert session.scalars(select(Monitor.id).where(Monitor.id == monitor_id)).one()
