"""Relays are woken for what was committed, each message once, and for nothing that was undone."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.alerting.alert import AlertEvent
from models import Organization
from services.outbox import deliveries, wakes
from services.outbox.recipients import Destination
from tests.services.outage import EMAIL, NOW, watched


def write(session: Session, dedup_key: str) -> int:
    monitor = watched(session)
    (delivery_id,) = deliveries.record(
        session,
        organization_id=monitor.organization_id,
        dedup_key=dedup_key,
        event=AlertEvent.TEST,
        channels=[Destination(*EMAIL)],
        monitor_id=monitor.id,
        now=NOW,
    )
    return delivery_id


def test_what_was_written_is_woken_once_however_often_it_was_noted(session: Session) -> None:
    first, second = write(session, "1"), write(session, "2")
    wakes.add(session, [first])
    assert wakes.count(session) == 3
    assert wakes.take(session) == [first, second]
    assert wakes.take(session) == []


def test_what_a_savepoint_wrote_is_woken_only_if_it_was_not_rolled_back(session: Session) -> None:
    before = write(session, "before")
    with session.begin_nested():
        kept = write(session, "kept")
    outer = session.begin_nested()
    with session.begin_nested():
        write(session, "undone with the savepoint around it")
    outer.rollback()
    after = write(session, "after")
    assert wakes.take(session) == [before, kept, after]


def test_a_savepoint_that_the_database_refuses_wakes_nothing(session: Session) -> None:
    savepoint = session.begin_nested()
    write(session, "refused")
    session.add(Organization(name=None))
    with pytest.raises(IntegrityError):
        savepoint.commit()
    savepoint.rollback()
    assert wakes.take(session) == []


def test_a_transaction_that_is_rolled_back_wakes_nothing_and_leaves_what_was_committed_before(
    committed: Engine,
) -> None:
    with Session(committed) as session:
        kept = write(session, "kept")
        session.commit()
        write(session, "undone")
        session.rollback()
        assert wakes.take(session) == [kept]
