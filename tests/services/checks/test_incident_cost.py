"""What an incident costs the transaction that opens it: every statement is a way to Postgres and back."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session

from models import (
    Contact,
    Delivery,
    EscalationPolicy,
    EscalationStep,
    EscalationTarget,
    Monitor,
)
from services.checks import record as check_record
from services.outbox import wakes
from tests.services.outage import notify
from tests.services.watched import DOWN, UP, at, observe, watch

NOW = 1_800_000_000
STORING = 6
"""What it takes to store a check that does not open one, and to look again."""
OPENING, BY_POLICY = 11, 2
"""The most that an incident adds to it, however many are told, and an escalation policy to that."""


@contextmanager
def counted(connection: Connection) -> Iterator[list[str]]:
    """Give the statements that are executed in the block."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(connection, "before_cursor_execute", note)


def opening(connection: Connection, session: Session, monitor: Monitor) -> list[str]:
    """Confirm an outage as a worker does, in a session that knows nothing; give the statements."""
    for slot, result in ((NOW - 60, UP), (NOW, DOWN)):
        check_record.record(session, [observe(monitor, slot, result)], now=at(slot))
    confirming = observe(monitor, NOW + 10, DOWN)
    session.commit()
    session.expunge_all()
    with counted(connection) as statements:
        check_record.record(session, [confirming], now=at(NOW + 10))
        session.commit()
    assert wakes.take(session)
    return [each for each in statements if "SAVEPOINT" not in each]


def test_opening_an_incident_takes_few_statements_however_many_are_told(
    connection: Connection, session: Session
) -> None:
    monitor = watch(session, from_slot=NOW - 600)
    for number in range(5):
        notify(
            session, monitor, ("email", f"{number}@example.test"), ("sms", f"+49151123456{number}")
        )
    statements = opening(connection, session, monitor)
    assert len(statements) <= STORING + OPENING, statements
    assert len(session.scalars(select(Delivery.id)).all()) == 12


def test_an_escalation_policy_adds_little(connection: Connection, session: Session) -> None:
    monitor = watch(session, from_slot=NOW - 600)
    contact_id = session.scalars(select(Contact.id)).one()
    owner = {"organization_id": monitor.organization_id}
    policy = EscalationPolicy(name="Night", repeats=0, repeat_minutes=30, **owner)
    session.add(policy)
    session.flush()
    step = {"escalation_policy_id": policy.id, "position": 0, **owner}
    session.add(EscalationStep(wait_minutes=5, **step))
    session.flush()
    session.add(EscalationTarget(contact_id=contact_id, **step))
    monitor.escalation_policy_id = policy.id
    statements = opening(connection, session, monitor)
    assert len(statements) <= STORING + OPENING + BY_POLICY, statements
