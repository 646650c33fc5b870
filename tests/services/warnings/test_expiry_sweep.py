"""Sweeps for what runs out: killed, at once, a few at a time, with few rights, and among odd dates."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models import Delivery, Expiry
from services.warnings import expiries
from tests.rights import acting
from tests.services.outage import EMAIL, NOW
from tests.services.running_out import after, notified, see, shop
from tests.services.subscribing import subscribe
from tests.services.woken import woken_by


def test_invariant_10_a_sweep_that_is_killed_tells_nothing_and_the_next_one_tells_once(
    committed: Engine,
) -> None:
    with Session(committed) as session:
        see(session, shop(session, EMAIL), 2)
        session.commit()
    with Session(committed) as killed:
        assert len(woken_by(killed, expiries.sweep, now=NOW)) == 1
    with Session(committed) as session:
        assert len(woken_by(session, expiries.sweep, now=NOW)) == 1
        session.commit()
        assert woken_by(session, expiries.sweep, now=NOW) == []
        assert len(session.scalars(select(Delivery)).all()) == 1


def test_two_sweeps_at_once_tell_once_and_do_not_wait_for_each_other(committed: Engine) -> None:
    with Session(committed) as session:
        see(session, shop(session, EMAIL), 2)
        session.commit()
    with Session(committed) as one, Session(committed) as other:
        assert len(woken_by(one, expiries.sweep, now=NOW)) == 1
        assert woken_by(other, expiries.sweep, now=NOW) == []
        one.commit()
        assert woken_by(other, expiries.sweep, now=NOW) == []


def test_a_sweep_takes_some_at_a_time_and_says_that_there_is_more(session: Session) -> None:
    for _ in range(3):
        see(session, shop(session, EMAIL), 2)
    assert expiries.sweep(session, now=NOW, limit=2)
    assert not expiries.sweep(session, now=NOW, limit=2)
    assert session.scalars(select(Expiry.notified_days)).all() == [3, 3, 3]


def test_workers_tell_what_runs_out_with_the_rights_they_have(session: Session) -> None:
    monitor = shop(session, EMAIL)
    subscribe(session, monitor.organization_id)
    with acting(session, "downtime_checks"):
        see(session, monitor, 90)
        see(session, monitor, 10, identity="c2", now=after(0.1))
    with acting(session, "downtime_housekeeping"):
        expiries.sweep(session, now=after(4))
    assert [days for days, _ in notified(session)] == ["14", "7"]


def test_one_that_ended_before_any_day_there_is_keeps_no_other_from_being_told(
    session: Session,
) -> None:
    strange, usual = shop(session, EMAIL), shop(session, EMAIL)
    ended = datetime(1, 1, 1, tzinfo=UTC)
    see(session, strange, (ended - NOW) / timedelta(days=1))
    see(session, usual, 10)
    expiries.sweep(session, now=NOW)
    assert [days for days, _ in notified(session)] == ["1", "14"]
