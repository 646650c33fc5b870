"""Incidents that go on while the policy, or the monitor, is changed: what comes next is what they say now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.escalation.change import adapted, begun_anew
from domain.escalation.policy import Policy
from models import EscalationPolicy, Incident, Monitor, MonitorState
from services.escalation import progress as escalation_progress
from services.escalation import rules as escalation_rules

_OF_NOTIFICATION = frozenset({"contact_group_ids", "escalation_policy_id", "reminder_minutes"})
"""The fields of a monitor that say who is told of an outage, and when."""


@dataclass(frozen=True, slots=True)
class GoingOn:
    """An open incident that was told, and the rules that it was told by until now."""

    incident: Incident
    monitor: Monitor
    rules: Policy
    policy_id: int | None


def going_on(session: Session, policy: EscalationPolicy) -> list[GoingOn]:
    """Return the incidents that a change of the policy concerns; nobody tells of them meanwhile."""
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
    # In the order in which everybody locks them.
    session.execute(
        select(MonitorState.monitor_id)
        .where(MonitorState.monitor_id.in_(monitor_ids))
        .order_by(MonitorState.monitor_id)
        .with_for_update(key_share=True)
    )
    # Read only now: who held a lock before us may have told or ended one.
    rows = session.execute(concerned.execution_options(populate_existing=True)).all()
    rules = _rules(session, (monitor for _, monitor in rows))
    return [
        GoingOn(incident, monitor, rules[monitor.reminder_minutes], policy.id)
        for incident, monitor in rows
    ]


def of_monitor(session: Session, monitor: Monitor, changes: Mapping[str, object]) -> list[GoingOn]:
    """Return the incident that these changes of its monitor concern, if one goes on.

    Whoever calls this has locked the state row of the monitor.
    """
    if not changes.keys() & _OF_NOTIFICATION:
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
    rules = escalation_rules.of(session, monitor)
    return [GoingOn(incident, monitor, rules, monitor.escalation_policy_id)]


def adapt(session: Session, before: Sequence[GoingOn], *, now: datetime) -> None:
    """Let them go on by the rules as they are now; the next sweep does what is due by those.

    Another policy begins with its first step. Other groups are told by that sweep.
    """
    rules = _rules(session, (each.monitor for each in before))
    for each in before:
        is_same = each.policy_id == each.monitor.escalation_policy_id
        changed = adapted if is_same else begun_anew
        after = changed(
            escalation_progress.of(each.incident),
            each.rules,
            rules[each.monitor.reminder_minutes],
            now,
        )
        escalation_progress.save(each.incident, after)
        each.incident.next_at = now
    session.flush()


def _rules(session: Session, monitors: Iterable[Monitor]) -> dict[int | None, Policy]:
    """Return the rules of monitors of one policy: those that remind alike have the same."""
    alike = {monitor.reminder_minutes: monitor for monitor in monitors}
    return {minutes: escalation_rules.of(session, monitor) for minutes, monitor in alike.items()}
