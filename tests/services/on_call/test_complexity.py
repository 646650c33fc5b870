"""Schedules that are much work are not looked through together."""

from datetime import datetime, time

import pytest
from sqlalchemy.orm import Session

from domain.evaluation.state import Severity
from domain.on_call.layer import Handoff, HandoffKind, Hours
from models import Contact, EscalationPolicy, OnCallSchedule
from models.escalation_policy import TargetKind
from services.alerting import forecast as forecasts
from services.errors import Conflict
from services.escalation import policies as escalation_policies
from services.escalation.policies import PolicyValues
from services.escalation.targets import PolicyTarget
from services.escalation.views import Step
from services.on_call import complexity
from services.on_call import schedules as on_call_schedules
from services.on_call.complexity import LARGEST
from services.on_call.layers import LayerValues
from services.on_call.limits import MOST_HOURS, MOST_LAYERS
from services.on_call.schedules import ScheduleValues
from tests.factories.organizations import organization
from tests.services.outage import NOW

_EVERY_DAY = frozenset(range(7))


def schedules(session: Session, owner: int, *sizes: tuple[int, int]) -> list[OnCallSchedule]:
    """Make a schedule for each pair of a number of layers and of hours in each."""
    ann = Contact(organization_id=owner, name="Ann")
    session.add(ann)
    session.flush()
    made = []
    for number, (layers, hours) in enumerate(sizes):
        restricted = [
            Hours(weekdays=_EVERY_DAY, begin=time(2 * each), end=time(2 * each, 30))
            for each in range(hours)
        ]
        layer = LayerValues(
            contact_ids=[ann.public_id],
            local_start=datetime(2026, 1, 1),  # noqa: DTZ001 - a time of clocks
            handoff=Handoff(kind=HandoffKind.HOURLY),
            hours=restricted,
        )
        values = ScheduleValues(name=f"{number:02}", layers=[layer] * layers)
        made.append(on_call_schedules.create(session, owner, values, now=NOW).schedule)
    return made


def test_the_first_that_fit_are_kept_and_small_ones_behind_a_large_one(session: Session) -> None:
    owner = organization(session).id
    small, large, other = schedules(session, owner, (1, 1), (MOST_LAYERS, MOST_HOURS), (1, 0))
    assert complexity.of(session, [small.id, large.id]) == {small.id: 2, large.id: LARGEST}
    assert complexity.within(session, [small, large, other]) == ([small, other], [large])
    assert complexity.within(session, [large]) == ([large], [])


@pytest.mark.parametrize(("count", "moments"), [(1, 20), (5, 4), (21, 0)])
def test_a_forecast_asks_large_schedules_less_often(
    session: Session, count: int, moments: int
) -> None:
    owner = organization(session).id
    made = schedules(session, owner, *[(MOST_LAYERS, MOST_HOURS)] * count)
    targets = [PolicyTarget(TargetKind.ON_CALL_SCHEDULE, each.public_id) for each in made]
    values = PolicyValues(
        name="P", steps=[Step(wait_minutes=5, targets=targets)] * 10, repeats=9, repeat_minutes=1
    )
    policy = escalation_policies.create(session, owner, values, now=NOW).policy
    if not moments:
        with pytest.raises(Conflict):
            _forecast(session, policy)
        return
    foreseen = _forecast(session, policy)
    assert foreseen.is_cut or count == 1
    assert len({each.at for each in foreseen.notifications}) <= moments


def _forecast(session: Session, policy: EscalationPolicy) -> forecasts.Forecast:
    return forecasts.of_policy(session, policy, Severity.DOWN, at=NOW)
