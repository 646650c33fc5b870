"""Who would be notified of an outage that begins at a moment, and when. Nothing is sent.

It carries out `domain.escalation.policy` in thought, with the contacts of each moment: the present
schedules say who will be on duty then, and the present contacts who can be reached.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.escalation.policy import Plan, Policy, Progress, Situation, plan
from domain.evaluation.state import Severity
from models import EscalationPolicy, EscalationTarget, Monitor
from models.session import of_whole_organization
from services.alerting import notification_targets
from services.alerting.notification_targets import NotificationTargets, TargetContact
from services.errors import Conflict
from services.escalation import domain_policies
from services.maintenance import active as active_maintenance
from services.on_call import complexity

LONGEST = timedelta(hours=24)
MOST = 20
"""The forecast ends after this time, this many moments, or this many notifications."""
_MOST_WORK = MOST * complexity.LARGEST
"""The complexity of the schedules that may be asked, each once for each moment."""

_Targets = Callable[[datetime], NotificationTargets]


class Occasion(StrEnum):
    """Why somebody is notified at a moment."""

    BEGIN = "begin"
    STEP = "step"
    REMINDER = "reminder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """The contacts who would be notified at a moment; nobody if `people` is empty.

    `step` counts from 1, and `repetition` from 0. `is_fallback` means that the step itself reaches
    nobody. `people` of a reminder are those who were notified before.
    """

    at: datetime
    occasion: Occasion
    people: Sequence[TargetContact]
    step: int = 0
    repetition: int = 0
    is_fallback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """`maintenance_until` is the end of a planned maintenance, during which nobody is notified."""

    notifications: Sequence[Notification]
    is_cut: bool = False
    is_paused: bool = False
    maintenance_until: datetime | None = None


@dataclass(slots=True)
class _Course:
    found: list[Notification] = field(default_factory=list)
    notified: dict[int, TargetContact] = field(default_factory=dict)

    def add(self, notification: Notification) -> None:
        self.found.append(notification)
        self.notified |= {person.id: person for person in notification.people}


@of_whole_organization
def of_monitor(session: Session, monitor: Monitor, severity: Severity, *, at: datetime) -> Forecast:
    """Return who would be notified of an outage of a monitor."""
    maintenance_until = active_maintenance.until(session, [monitor.id], now=at).get(monitor.id)

    def targets(moment: datetime) -> NotificationTargets:
        return notification_targets.of_monitor(session, monitor, severity, now=moment)

    most = _most_moments(session, monitor.escalation_policy_id)
    policy = domain_policies.of_monitor(session, monitor)
    found, is_cut = _course(policy, targets, maintenance_until or at, most)
    return Forecast(
        notifications=found,
        is_cut=is_cut,
        is_paused=monitor.paused,
        maintenance_until=maintenance_until,
    )


def of_policy(
    session: Session, policy: EscalationPolicy, severity: Severity, *, at: datetime
) -> Forecast:
    """Return who would be notified of an outage of a monitor that has only this policy."""

    def targets(moment: datetime) -> NotificationTargets:
        return notification_targets.of_policy(
            session, policy.organization_id, policy.id, severity, now=moment
        )

    planned = domain_policies.of_policy(session, policy.id)
    found, is_cut = _course(planned, targets, at, _most_moments(session, policy.id))
    return Forecast(notifications=found, is_cut=is_cut)


def _most_moments(session: Session, policy_key: int | None) -> int:
    """Return for how many moments the schedules of a policy may be asked.

    Raise `Conflict` if even one would take too long.
    """
    keys = session.scalars(
        select(EscalationTarget.on_call_schedule_id).where(
            EscalationTarget.escalation_policy_id == policy_key,
            EscalationTarget.on_call_schedule_id.is_not(None),
        )
    ).all()
    work = sum(complexity.of(session, [key for key in keys if key is not None]).values())
    if work > _MOST_WORK:
        raise Conflict("The schedules of this policy have too many layers for a forecast.")
    return min(MOST, _MOST_WORK // max(1, work))


def _course(
    policy: Policy, targets: _Targets, begin: datetime, most: int
) -> tuple[list[Notification], bool]:
    """Return what happens from the beginning on, and whether more would follow.

    After the last step it goes on with reminders, of which one is enough.
    """
    course, progress, now = _Course(), Progress(), begin
    moments = 0
    while moments < most and len(course.found) < MOST and now - begin <= LONGEST:
        moments += 1
        present = targets(now)
        situation = Situation(asleep=present.asleep(len(policy.waits)))
        planned = plan(policy, progress, situation, now)
        _note(course, planned, present, now)
        if planned.next_at is None:
            return course.found, False
        if planned.remind and planned.progress.step_at is None:
            break
        progress, now = planned.progress, planned.next_at
    return course.found, True


def _note(course: _Course, planned: Plan, present: NotificationTargets, now: datetime) -> None:
    if planned.remind:
        people = list(course.notified.values())
        course.add(Notification(at=now, occasion=Occasion.REMINDER, people=people))
    if planned.begin and (present.at_once or not present.steps):
        course.add(Notification(at=now, occasion=Occasion.BEGIN, people=present.at_once))
    for repetition, position in planned.steps:
        course.add(
            Notification(
                at=now,
                occasion=Occasion.STEP,
                people=present.of_step(position),
                step=position + 1,
                repetition=repetition,
                is_fallback=not present.steps.get(position) and bool(present.fallback),
            )
        )
