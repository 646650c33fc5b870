"""Escalation policies in the form of `domain.escalation.policy`."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from domain.escalation.policy import Policy
from models import EscalationPolicy, EscalationStep, Monitor
from models.session import of_whole_organization


@of_whole_organization
def of_monitor(session: Session, monitor: Monitor) -> Policy:
    """Return the policy of a monitor; without one it has at most reminders."""
    reminder = monitor.reminder_minutes
    if monitor.escalation_policy_id is None:
        return Policy(reminder=_minutes(reminder))
    return of_policy(session, monitor.escalation_policy_id, reminder=reminder)


@of_whole_organization
def of_policy(session: Session, policy_key: int, *, reminder: int | None = None) -> Policy:
    """Return a policy; `reminder` replaces its own minutes between reminders."""
    in_order = aggregate_order_by(EscalationStep.wait_minutes, EscalationStep.position)
    row = session.execute(
        select(
            EscalationPolicy.repeats,
            EscalationPolicy.repeat_minutes,
            EscalationPolicy.reminder_minutes,
            select(func.array_agg(in_order))
            .where(EscalationStep.escalation_policy_id == EscalationPolicy.id)
            .scalar_subquery()
            .label("waits"),
        ).where(EscalationPolicy.id == policy_key)
    ).one()
    return Policy(
        waits=tuple(timedelta(minutes=each) for each in row.waits or ()),
        repeats=row.repeats,
        repeat_after=timedelta(minutes=row.repeat_minutes),
        reminder=_minutes(row.reminder_minutes if reminder is None else reminder),
    )


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)
