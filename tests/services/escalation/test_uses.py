"""What leads to a contact, a group, a policy or a schedule."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.on_call.layer import Handoff, HandoffKind
from models import Contact
from models.escalation_policy import TargetKind
from services.contacts import groups as contact_groups
from services.escalation import policies as escalation_policies
from services.escalation import uses
from services.escalation.policies import PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.uses import Named
from services.escalation.views import Step
from services.on_call import schedules as on_call_schedules
from services.on_call.layers import LayerValues
from services.on_call.schedules import ScheduleValues
from services.slos import slos
from services.slos.values import SloValues
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import NOW


def named(items: object) -> list[str]:
    assert isinstance(items, list)
    return [each.name for each in items if isinstance(each, Named)]


def test_each_way_to_a_contact_is_found(session: Session) -> None:
    owner = organization(session).id
    ann = Contact(organization_id=owner, name="Ann")
    session.add(ann)
    session.flush()
    team = contact_groups.create(session, owner, name="T", contact_ids=[ann.public_id], now=NOW)
    layer = LayerValues(
        contact_ids=[ann.public_id],
        local_start=datetime(2026, 1, 1),  # noqa: DTZ001 - a time of clocks
        handoff=Handoff(kind=HandoffKind.DAILY),
    )
    values = ScheduleValues(name="S", layers=[layer])
    schedule = on_call_schedules.create(session, owner, values, now=NOW).schedule
    target = PolicyTarget(TargetKind.ON_CALL_SCHEDULE, schedule.public_id)
    steps = [Step(wait_minutes=0, targets=[target])]
    policy = escalation_policies.create(
        session, owner, PolicyValues(name="P", steps=steps), now=NOW
    ).policy
    make.monitor(session, owner, now=NOW, name="A", contact_group_ids=[team.public_id])
    make.monitor(session, owner, now=NOW, name="B", escalation_policy_id=policy.public_id)
    make.monitor(session, owner, now=NOW, name="C")
    objective = SloValues(name="O", target_percent=99, contact_group_ids=[team.public_id])
    slos.create(session, owner, objective, now=NOW)
    found = uses.of_contact(session, owner, ann.public_id)
    assert [named(each) for each in (found.groups, found.schedules, found.policies)] == [
        ["T"],
        ["S"],
        ["P"],
    ]
    assert (named(found.monitors), found.monitor_count) == (["A", "B"], 2)
    assert named(found.slos) == ["O"]
    of_group = uses.of_group(session, owner, team.public_id)
    assert (named(of_group.monitors), named(of_group.slos)) == (["A"], ["O"])
    assert named(uses.of_policy(session, owner, policy.public_id).monitors) == ["B"]
    of_schedule = uses.of_schedule(session, owner, schedule.public_id)
    assert (named(of_schedule.policies), named(of_schedule.monitors)) == (["P"], ["B"])


def test_what_nothing_leads_to_has_no_uses(session: Session) -> None:
    owner, other = organization(session).id, organization(session).id
    session.add_all([Contact(organization_id=each, name="Ann") for each in (owner, other)])
    session.flush()
    ann = session.scalars(select(Contact).where(Contact.organization_id == owner)).one()
    make.monitor(session, other, now=NOW)
    assert uses.of_contact(session, owner, ann.public_id) == uses.Uses(
        groups=[], policies=[], schedules=[], slos=[], monitors=[]
    )
