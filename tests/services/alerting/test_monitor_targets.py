"""Who hears of a monitor apart from its incidents: whoever would be told first of an outage."""

from collections.abc import Sequence

import pytest
from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from models import Channel, Contact
from models.escalation_policy import TargetKind
from services.alerting import monitor_targets
from services.escalation import policies as escalation_policies
from services.escalation.policies import PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import Step
from tests.factories import monitors as make
from tests.factories.organizations import organization
from tests.services.outage import NOW


def people(session: Session, owner: int, names: Sequence[str]) -> list[PolicyTarget]:
    """Make contacts with a mail address each; who is named in small letters has none."""
    contacts = [Contact(organization_id=owner, name=name) for name in names]
    for each in contacts:
        if each.name.istitle():
            address = f"{each.name}@example.test"
            each.channels = [
                Channel(organization_id=owner, kind="email", address=address, confirmed_at=NOW)
            ]
    session.add_all(contacts)
    session.flush()
    return [PolicyTarget(TargetKind.CONTACT, each.public_id) for each in contacts]


@pytest.mark.parametrize(
    ("steps", "fallback", "notified"),
    [
        ([["Ann", "nob"], ["Bob"]], [], ["Ann"]),
        ([["nob"], ["Bob"], ["Cid"]], [], ["Bob"]),
        ([["nob"], ["nan"], ["Cid"]], [], ["Cid"]),
        ([["nob"], ["Bob"]], ["Fay"], ["Fay"]),
        ([["nob"]], [], []),
    ],
)
def test_the_first_step_that_reaches_somebody_is_told(
    session: Session, steps: list[list[str]], fallback: list[str], notified: list[str]
) -> None:
    owner = organization(session).id
    values = PolicyValues(
        name="Night",
        steps=[Step(wait_minutes=5, targets=people(session, owner, names)) for names in steps],
        fallback_targets=people(session, owner, fallback),
    )
    policy = escalation_policies.create(session, owner, values, now=NOW).policy
    monitor = make.monitor(session, owner, now=NOW, escalation_policy_id=policy.public_id)
    found = monitor_targets.recipients(session, monitor, Severity.DEGRADED, now=NOW)
    assert [each.address.partition("@")[0] for each in found] == notified
