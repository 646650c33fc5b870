"""Applies changes of a policy or a monitor to open incidents, from their next step on."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.escalation.change import adapted, restarted
from domain.escalation.policy import Policy
from models import EscalationPolicy, Incident, Monitor, MonitorState
from services.escalation import domain_policies
from services.escalation import progress as escalation_progress

_OF_NOTIFICATION = frozenset({"contact_group_ids", "escalation_policy_id", "reminder_minutes"})
"""The fields of a monitor that determine whom an outage notifies, and when."""


@dataclass(frozen=True, slots=True)
class AffectedIncident:
    """An open incident that has notified, and its policy before the change."""

    incident: Incident
    monitor: Monitor
    policy: Policy
    policy_id: int | None


def affected(session: Session, policy: EscalationPolicy) -> list[AffectedIncident]:
    """Return the incidents that a change of the policy affects, locked against notifications."""
    concerned = (
        select(Incident, Monitor)
        .join(Monitor, Monitor.id == Incident.monitor_id)
        .where(
            Monitor.escalation_policy_id == policy.id,
            Incident.ended_at.is_(None),
            Incident.notified_at.is_not(None),
        )
    )
    monitor_ids = select(concerned.subquery().c.monitor_id)
    # In the order in which all code locks them.
    session.execute(
        select(MonitorState.monitor_id)
        .where(MonitorState.monitor_id.in_(monitor_ids))
        .order_by(MonitorState.monitor_id)
        .with_for_update(key_share=True)
    )
    # Read after locking: the previous holder of a lock may have notified or ended one.
    rows = session.execute(concerned.execution_options(populate_existing=True)).all()
    policies = _policies(session, (monitor for _, monitor in rows))
    return [
        AffectedIncident(incident, monitor, policies[monitor.reminder_minutes], policy.id)
        for incident, monitor in rows
    ]


def of_monitor(
    session: Session, monitor: Monitor, changed: Collection[str]
) -> list[AffectedIncident]:
    """Return the open incident that a change of these fields of its monitor affects, if any.

    The caller has locked the state row of the monitor.
    """
    if _OF_NOTIFICATION.isdisjoint(changed):
        return []
    incident = session.scalars(
        select(Incident)
        .where(
            Incident.monitor_id == monitor.id,
            Incident.ended_at.is_(None),
            Incident.notified_at.is_not(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if incident is None:
        return []
    policy = domain_policies.of_monitor(session, monitor)
    return [AffectedIncident(incident, monitor, policy, monitor.escalation_policy_id)]


def adapt(session: Session, before: Sequence[AffectedIncident], *, now: datetime) -> None:
    """Continue them with the present policies; the next sweep does what is due by those.

    A different policy starts with its first step. That sweep also notifies new groups.
    """
    policies = _policies(session, (each.monitor for each in before))
    for each in before:
        is_same = each.policy_id == each.monitor.escalation_policy_id
        changed = adapted if is_same else restarted
        after = changed(
            escalation_progress.of(each.incident),
            each.policy,
            policies[each.monitor.reminder_minutes],
            now,
        )
        escalation_progress.save(each.incident, after)
        each.incident.next_at = now
    session.flush()


def _policies(session: Session, monitors: Iterable[Monitor]) -> dict[int | None, Policy]:
    """Return the policies by reminder interval, for monitors of one escalation policy."""
    alike = {monitor.reminder_minutes: monitor for monitor in monitors}
    return {
        minutes: domain_policies.of_monitor(session, monitor) for minutes, monitor in alike.items()
    }
