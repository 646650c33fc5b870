"""Changes of a policy while workers tell of an incident by it."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, func, select
from sqlalchemy.orm import Session

from models import Contact, EscalationPolicy, Incident, MonitorState
from models.escalation_policy import TargetKind
from services.alerting import process as alerting
from services.escalation import policies as escalation_policies
from services.escalation.policies import PolicyChanges, PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import Step
from services.monitors import monitors
from services.monitors.changes import MonitorChanges
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import NOW, broken
from tests.services.waiting import while_open


def policy(session: Session, owner: int, *waits: int) -> EscalationPolicy:
    contact = Contact(organization_id=owner, name="Ann")
    session.add(contact)
    session.flush()
    values = PolicyValues(name="Night", steps=steps(contact, *waits))
    return escalation_policies.create(session, owner, values, now=NOW).policy


def steps(contact: Contact, *waits: int) -> list[Step]:
    target = PolicyTarget(TargetKind.CONTACT, contact.public_id)
    return [Step(wait_minutes=wait, targets=[target]) for wait in waits]


@pytest.mark.committed
def test_a_change_counts_also_for_what_is_just_told_by_the_old_steps(committed: Engine) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        night = policy(session, organization(session).id, 0)
        owner, policy_id = night.organization_id, night.public_id
        monitor = make.monitor(session, owner, now=NOW, escalation_policy_id=policy_id)
        incident = broken(session, monitor)

    def change() -> None:
        with Session(committed) as session, session.begin():
            changes: PolicyChanges = {"repeats": 1, "repeat_minutes": 10}
            escalation_policies.change(session, owner, policy_id, changes, now=NOW)

    with Session(committed) as session, session.begin():
        alerting.opened(session, session.get_one(Incident, incident.id), now=NOW)
    with while_open(committed, change) as (notifying, changed):
        notifying.scalars(select(MonitorState).with_for_update(key_share=True)).all()
        alerting.proceed(notifying, notifying.get_one(Incident, incident.id), now=NOW)
    changed.result(timeout=20)
    with Session(committed) as session:
        row = session.get_one(Incident, incident.id)
        assert (row.repetition, row.step, row.step_at) == (1, 0, NOW + timedelta(minutes=10))
        assert row.next_at == NOW


@pytest.mark.committed
def test_another_policy_of_a_monitor_waits_for_who_is_just_telling_by_the_old_one(
    committed: Engine,
) -> None:
    with Session(committed, expire_on_commit=False) as session, session.begin():
        day = policy(session, organization(session).id, 0, 10)
        day.name = "Day"
        night = policy(session, day.organization_id, 5)
        owner = day.organization_id
        monitor = make.monitor(session, owner, now=NOW, escalation_policy_id=day.public_id)
        incident = broken(session, monitor)
        alerting.opened(session, incident, now=NOW)
    later = NOW + timedelta(minutes=10)

    def change() -> None:
        with Session(committed) as session, session.begin():
            changes: MonitorChanges = {"escalation_policy_id": night.public_id}
            monitors.change(session, owner, monitor.public_id, changes, now=later)

    with while_open(committed, change) as (notifying, changed):
        notifying.scalars(select(MonitorState).with_for_update(key_share=True)).all()
        alerting.proceed(notifying, notifying.get_one(Incident, incident.id), now=later)
    changed.result(timeout=20)
    with Session(committed) as session:
        row = session.get_one(Incident, incident.id)
        assert (row.repetition, row.step) == (0, 0)
        assert (row.step_at, row.next_at) == (later + timedelta(minutes=5), later)


def test_a_change_asks_as_much_of_many_incidents_as_of_one(session: Session) -> None:
    owner = organization(session).id
    night = policy(session, owner, 0)
    asked: list[str] = []

    def change(repeats: int) -> int:
        asked.clear()
        escalation_policies.change(session, owner, night.public_id, {"repeats": repeats}, now=NOW)
        return sum(statement.lstrip().startswith("SELECT") for statement in asked)

    def fail() -> None:
        monitor = make.monitor(session, owner, now=NOW, escalation_policy_id=night.public_id)
        alerting.opened(session, broken(session, monitor), now=NOW)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *row: asked.append(row[2]))
    fail()
    one = change(1)
    for _ in range(5):
        fail()
    assert change(2) == one
    assert session.scalars(select(func.count(Incident.id))).one() == 6
